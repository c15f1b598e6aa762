// Random bytes, numbers and ids from OpenSSL's generator.
#include "server/crypto/random.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace encke::crypto {
namespace {

constexpr std::string_view kIdAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
// The largest multiple of 36 in a byte: bytes from here on would favour the first letters.
constexpr std::uint8_t kFairBytes = 252;

}  // namespace

void random_fill(std::span<std::uint8_t> out) {
  constexpr std::size_t kPiece = 1U << 20;  // RAND_bytes counts in ints
  while (!out.empty()) {
    const std::size_t take = std::min(out.size(), kPiece);
    // A predictable id would be worse than no server.
    if (RAND_bytes(out.data(), static_cast<int>(take)) != 1) std::abort();
    out = out.subspan(take);
  }
}

std::uint32_t random_u32() {
  std::array<std::uint8_t, 4> bytes;
  random_fill(bytes);
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data(), bytes.size());
  return value;
}

std::string random_id(std::size_t length) {
  std::string id;
  id.reserve(length);
  std::array<std::uint8_t, 32> pool;
  while (id.size() < length) {
    random_fill(pool);
    for (const std::uint8_t byte : pool) {
      if (id.size() == length) break;
      if (byte < kFairBytes) id.push_back(kIdAlphabet[byte % kIdAlphabet.size()]);
    }
  }
  return id;
}

}  // namespace encke::crypto
