// Base64 against RFC 4648, and what strict decoding refuses.
#include "server/crypto/base64.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "server/crypto/random.hpp"

using namespace encke::crypto;

TEST_CASE("base64 gives the known answers both ways (RFC 4648 section 10)") {
  const std::vector<std::pair<std::string, std::string>> rows = {{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"},
                                                                 {"\xff\xfe\xfd", "//79"}};
  for (const auto& row : rows) {
    const auto& bytes = row.first;
    const auto& text = row.second;
    CAPTURE(text);
    CHECK(base64_encode(bytes) == text);
    CHECK(base64_decode(text) == bytes);
  }
}

TEST_CASE("decoding refuses what encoding never gives") {
  for (const char* text : {"Zg",     "Zg=",      "Zg===", "Z===",     "====", "=",       "Zg==Zg==",
                           "Zm9v\n", " Zm9v",    "Zm 9v", "Zm9v    ", "    ", "Zm-_",    "Zh==",
                           "Zm9=",   "Zm9v=m9v", "Z=9v",  "Zm9\x80",  "-+==", "Zm9v----"}) {
    CAPTURE(text);
    CHECK_FALSE(base64_decode(text).has_value());
  }
  CHECK_FALSE(base64_decode(std::string_view("Zm9\0", 4)).has_value());
}

TEST_CASE("for URLs base64 has two other letters and no padding, and is as strict") {
  const std::array<std::uint8_t, 4> bytes{0xFB, 0xFF, 0xBE, 0xFF};
  CHECK(base64url_encode(bytes) == "-_--_w");
  CHECK(base64url_decode("-_--_w") == "\xFB\xFF\xBE\xFF");
  CHECK(base64url_decode("") == "");
  for (const char* text : {"-_--_w==", "+/++/w", "-_--_x", "-", "-_--_", "-_-- w", "-_--\n"}) {
    CAPTURE(text);
    CHECK_FALSE(base64url_decode(text).has_value());
  }
}

TEST_CASE("all lengths come back, over the coder's own piece size too") {
  for (const std::size_t size : {1UL, 2UL, 3UL, 100UL, 196'607UL, 196'608UL, 196'609UL, 400'000UL}) {
    std::string bytes(size, '\0');
    random_fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    CHECK(base64_decode(base64_encode(bytes)) == bytes);
  }
}
