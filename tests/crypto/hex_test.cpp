// Hexadecimal digits.
#include "server/crypto/hex.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace encke;

TEST_CASE("every byte is two digits, in lower case") {
  constexpr std::array<std::uint8_t, 6> kBytes{0, 9, 10, 0x7f, 0xa5, 0xff};
  CHECK(crypto::hex(kBytes) == "00090a7fa5ff");
  CHECK(crypto::hex({}).empty());
}
