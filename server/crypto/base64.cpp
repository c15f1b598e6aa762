// Base64: OpenSSL's block coder, made strict.
#include "server/crypto/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace encke::crypto {
namespace {

// EVP's lengths are ints; whole groups of three keep the pieces joinable.
constexpr std::size_t kEncodePiece = 3 * 64 * 1024;
constexpr std::size_t kDecodePiece = 4 * 64 * 1024;

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4 + 1);
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kEncodePiece);
    const std::size_t start = out.size();
    out.resize(start + (piece.size() + 2) / 3 * 4 + 1);  // EVP also writes a NUL
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data() + start), raw(piece),
                    static_cast<int>(piece.size()));
    out.pop_back();
    bytes.remove_prefix(piece.size());
  }
  return out;
}

std::string base64_encode(std::span<const std::uint8_t> bytes) {
  return base64_encode(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  if (text.ends_with("==")) {
    padding = 2;
  } else if (text.ends_with('=')) {
    padding = 1;
  }
  std::string out;
  out.reserve(text.size() / 4 * 3);
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view piece = rest.substr(0, kDecodePiece);
    const std::size_t start = out.size();
    out.resize(start + piece.size() / 4 * 3);
    if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data() + start), raw(piece),
                        static_cast<int>(piece.size())) < 0) {
      return std::nullopt;
    }
    rest.remove_prefix(piece.size());
  }
  out.resize(out.size() - padding);
  // EVP skips blanks and ignores unused bits; what does not encode back was not base64 in the strict sense.
  if (base64_encode(out) != text) return std::nullopt;
  return out;
}

std::string base64url_encode(std::span<const std::uint8_t> bytes) {
  std::string out = base64_encode(bytes);
  while (out.ends_with('=')) out.pop_back();
  std::replace(out.begin(), out.end(), '+', '-');
  std::replace(out.begin(), out.end(), '/', '_');
  return out;
}

std::optional<std::string> base64url_decode(std::string_view text) {
  if (text.find_first_of("+/=") != std::string_view::npos) return std::nullopt;
  std::string usual(text);
  std::replace(usual.begin(), usual.end(), '-', '+');
  std::replace(usual.begin(), usual.end(), '_', '/');
  while (usual.size() % 4 != 0) usual += '=';
  return base64_decode(usual);
}

}  // namespace encke::crypto
