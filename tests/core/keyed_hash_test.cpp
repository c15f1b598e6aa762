// Names that peers choose.
#include "server/core/keyed_hash.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace encke;

TEST_CASE("the hash is SipHash-2-4, as its paper has it") {
  const KeyedHash hash({0x0706050403020100, 0x0f0e0d0c0b0a0908});
  std::string input;
  for (char byte = 0; byte < 15; ++byte) input += byte;
  CHECK(hash(input) == 0xa129ca6149be45e5);
  CHECK(hash({}) == 0x726fdb47dd0e0e31);
  CHECK(hash(input.substr(0, 8)) == 0x93f5f5799a932462);
}

TEST_CASE("who does not know the key cannot choose names that fall together") {
  // The same 64 bits by libstdc++'s own hash, whose seed is in its source.
  constexpr std::string_view kOne = "y4l8ofDIrBv~b+giaaaaaaaa";
  constexpr std::string_view kOther = "T$4tsKb5_*,iFP4Gaaaaaaaa";
  const KeyedHash hash;
  CHECK(hash(kOne) != hash(kOther));
  CHECK(KeyedHash({1, 2})(kOne) != KeyedHash({1, 3})(kOne));
  CHECK(hash(kOne) == KeyedHash()(std::string(kOne)));
}
