// UTF-8: every rule of RFC 3629's grammar, in one go and in pieces.
#include "server/core/utf8.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace encke;

namespace {

bool valid_in_pieces(std::string_view text) {
  Utf8Validator validator;
  for (const char& byte : text) {
    if (!validator.feed({&byte, 1})) return false;
  }
  return validator.complete();
}

std::string encoded(unsigned point) {
  const auto tail = [point](int shift) { return static_cast<char>(0x80 | (point >> shift & 0x3F)); };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xC0 | point >> 6), tail(0)};
  if (point < 0x10000) return {static_cast<char>(0xE0 | point >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | point >> 18), tail(12), tail(6), tail(0)};
}

}  // namespace

TEST_CASE("every code point but the surrogates is right (RFC 3629 section 3)") {
  std::size_t wrong = 0;
  for (unsigned point = 0; point <= 0x10FFFF; ++point) {
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    const std::string text = encoded(point);
    if (valid_utf8(text) == surrogate) ++wrong;
    if (valid_in_pieces(text) == surrogate) ++wrong;
    if (valid_utf8("0123456789" + text + "0123456789abcdef") == surrogate) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("what the grammar of RFC 3629 section 4 does not give is wrong") {
  for (const std::string bytes : {"\x80",
                                  "\xbf",
                                  "\xc0\x80",
                                  "\xc1\xbf",
                                  "\xc3",
                                  "\xc3(",
                                  "\xe0\x80\x80",
                                  "\xe0\x9f\xbf",
                                  "\xe1\x80",
                                  "\xe1\x80(",
                                  "\xed\xa0\x80",
                                  "\xed\xbf\xbf",
                                  "\xef\xbf",
                                  "\xf0\x80\x80\x80",
                                  "\xf0\x8f\xbf\xbf",
                                  "\xf0\x90\x80",
                                  "\xf4\x90\x80\x80",
                                  "\xf5\x80\x80\x80",
                                  "\xf8\x88\x80\x80\x80",
                                  "\xfc\x84\x80\x80\x80\x80",
                                  "\xfe",
                                  "\xff",
                                  "\xc3\xb6\xb6",
                                  "\xed\xa0\xbd\xed\xb8\x80"}) {
    for (const std::string& before :
         {std::string(), std::string("ascii"), std::string(40, 'a'), std::string("\xc3\xb6")}) {
      CHECK_FALSE(valid_utf8(before + bytes));
      CHECK_FALSE(valid_in_pieces(before + bytes));
      CHECK_FALSE(valid_utf8(before + bytes + std::string(40, 'z')));
    }
  }
  CHECK(valid_utf8(""));
  CHECK(valid_utf8(std::string_view("\0", 1)));
}

TEST_CASE("it fails at the first byte that no continuation makes right") {
  const std::vector<std::pair<std::string, std::size_t>> rows = {
      {"\xed\xa0\x80", 1}, {"\xe0\x9f", 1},      {"\xf0\x8f", 1}, {"\xf4\x90", 1},    {"\xc0", 0},
      {"\xf5", 0},         {"\xf0\x9f\x98(", 3}, {"ab\xff", 2},   {"\xe1\x80\xc0", 2}};
  for (const auto& [bytes, wrong_at] : rows) {
    Utf8Validator validator;
    for (std::size_t i = 0; i < wrong_at; ++i) CHECK(validator.feed({&bytes[i], 1}));
    CHECK_FALSE(validator.feed({&bytes[wrong_at], 1}));
    CHECK_FALSE(validator.feed("a"));
    CHECK_FALSE(validator.complete());
    validator.reset();
    CHECK(validator.feed("a"));
    CHECK(validator.complete());
  }
}

TEST_CASE("a text may be cut anywhere, and is incomplete only inside a character") {
  const std::string text = "a\xc3\xb6\xe2\x82\xac\xf0\x9f\x98\x80z";
  const std::string borders = "110100100011";  // after 0, 1, 2 ... bytes
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Utf8Validator validator;
    CHECK(validator.feed(std::string_view(text).substr(0, cut)));
    CHECK(validator.complete() == (borders[cut] == '1'));
    CHECK(validator.feed(std::string_view(text).substr(cut)));
    CHECK(validator.complete());
  }
}

TEST_CASE("each maximal part that is wrong becomes one U+FFFD (Unicode 3.9, tables 3-8 to 3-11)") {
  const std::string r = "\xef\xbf\xbd";
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"plain \xc3\xb6", "plain \xc3\xb6"},
      {"\xc0\xaf\xe0\x80\xbf\xf0\x81\x82"
       "A",
       r + r + r + r + r + r + r + r + "A"},
      {"\xed\xa0\x80\xed\xbf\xbf\xed\xaf"
       "A",
       r + r + r + r + r + r + r + r + "A"},
      {"\xf4\x91\x92\x93\xff"
       "A\x80\xbf"
       "B",
       r + r + r + r + r + "A" + r + r + "B"},
      {"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf"
       "A",
       r + r + r + r + "A"},
      {"\xc3", r},
      {"\xf0\x9f\x98", r},
      {std::string(50, 'a') + "\xff" + std::string(50, 'b'), std::string(50, 'a') + r + std::string(50, 'b')},
      {"", ""}};
  for (const auto& [bytes, expected] : rows) {
    CHECK(replace_invalid_utf8(bytes) == expected);
    CHECK(valid_utf8(replace_invalid_utf8(bytes)));
  }
}
