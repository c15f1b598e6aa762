// Signatures of tokens.
#include "server/tokens/jwt.hpp"

#include "server/crypto/base64.hpp"
#include "server/crypto/compare.hpp"

#include <jwt.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace encke::tokens {

namespace {

using nlohmann::json;

template <auto Function>
struct FreedBy {
  template <typename Type>
  void operator()(Type* object) const {
    Function(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;
using Memory = std::unique_ptr<BIO, FreedBy<BIO_free>>;
using Token = std::unique_ptr<jwt_t, FreedBy<jwt_free>>;
using Text = std::unique_ptr<char, FreedBy<std::free>>;

constexpr std::string_view kPemBegin = "-----BEGIN";

Key read_public_key(std::string_view pem) {
  const Memory memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Key(memory ? PEM_read_bio_PUBKEY(memory.get(), nullptr, nullptr, nullptr) : nullptr);
}

bool is_p256(const EVP_PKEY& key) {
  std::array<char, 32> name{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(&key, name.data(), name.size(), &size) != 1) return false;
  const std::string_view group(name.data(), size);
  return group == "prime256v1" || group == "P-256";
}

jwt_alg_t number_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::hs256:
      return JWT_ALG_HS256;
    case Algorithm::rs256:
      return JWT_ALG_RS256;
    case Algorithm::es256:
      break;
  }
  return JWT_ALG_ES256;
}

/// Base64 in the alphabet of URLs, without padding (RFC 7515 2).
std::optional<std::string> decode(std::string_view text) {
  std::string plain(text);
  if (plain.find_first_of("+/=") != std::string::npos) return std::nullopt;
  std::replace(plain.begin(), plain.end(), '-', '+');
  std::replace(plain.begin(), plain.end(), '_', '/');
  plain.append((4 - plain.size() % 4) % 4, '=');
  return crypto::base64_decode(plain);
}

/// Whether the header names this algorithm, and nothing that we would have to understand (RFC 7515 4.1.11).
bool header_fits(std::string_view encoded, Algorithm algorithm) {
  const std::optional<std::string> text = decode(encoded);
  if (!text) return false;
  const json header = json::parse(*text, nullptr, false);
  if (!header.is_object() || header.contains("crit")) return false;
  const auto name = header.find("alg");
  return name != header.end() && name->is_string() &&
         name->get_ref<const std::string&>() == kAlgorithmNames[static_cast<std::size_t>(algorithm)];
}

/// libjwt up to 1.16 compares HMACs with strcmp, whose time tells how much of a guess is right
/// (CVE-2024-25189): so ours comes first.
bool has_hmac(const std::string& key, std::string_view input, std::string_view signature) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(input.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, input.size(), digest.data(),
           &size) == nullptr) {
    return false;
  }
  const std::optional<std::string> given = decode(signature);
  return given && crypto::constant_time_equal(*given, {reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace

std::string key_fault(Algorithm algorithm, std::string_view key) {
  if (algorithm == Algorithm::hs256) {
    if (key.find(kPemBegin) != std::string_view::npos) return "expected a secret for HS256, not a key in PEM";
    if (key.size() >= kLeastSecret) return {};
    return "expected a secret of at least " + std::to_string(kLeastSecret) + " bytes for HS256, found " +
           std::to_string(key.size());
  }
  std::string expected = algorithm == Algorithm::rs256 ? "expected an RSA public key in PEM for RS256"
                                                       : "expected a public key of P-256 in PEM for ES256";
  if (key.find("PRIVATE KEY") != std::string_view::npos) return expected + ", found a private one";
  const Key read = read_public_key(key);
  if (!read) return expected;
  if (algorithm == Algorithm::es256) {
    return EVP_PKEY_get_base_id(read.get()) == EVP_PKEY_EC && is_p256(*read) ? "" : expected;
  }
  if (EVP_PKEY_get_base_id(read.get()) != EVP_PKEY_RSA) return expected;
  const int bits = EVP_PKEY_get_bits(read.get());
  if (bits >= kLeastRsaBits) return {};
  return expected + " of at least " + std::to_string(kLeastRsaBits) + " bits, found " + std::to_string(bits);
}

std::optional<std::string> signed_claims(Algorithm algorithm, const std::string& key,
                                         std::string_view token) {
  if (token.size() > kLongestToken || std::count(token.begin(), token.end(), '.') != 2) return std::nullopt;
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (!header_fits(token.substr(0, first), algorithm)) return std::nullopt;
  const std::string_view signature = token.substr(last + 1);
  if (!decode(token.substr(first + 1, last - first - 1)) || !decode(signature)) return std::nullopt;
  if (algorithm == Algorithm::hs256 && !has_hmac(key, token.substr(0, last), signature)) return std::nullopt;

  const std::string terminated(token);
  jwt_t* decoded = nullptr;
  const int failed =
      jwt_decode(&decoded, terminated.c_str(), reinterpret_cast<const unsigned char*>(key.data()),
                 static_cast<int>(key.size()));
  const Token owned(decoded);
  if (failed != 0 || jwt_get_alg(decoded) != number_of(algorithm)) return std::nullopt;
  const Text claims(jwt_get_grants_json(decoded, nullptr));
  return claims ? std::optional<std::string>(claims.get()) : std::nullopt;
}

}  // namespace encke::tokens
