// Form bodies.
#include "transports/shared/form.hpp"

#include <doctest/doctest.h>

#include <string>

using encke::sockjs::form_field;
using encke::sockjs::percent_decode;
using namespace std::string_literals;

TEST_CASE("percent-encoded bytes are decoded, in either case; what is no encoding stays") {
  CHECK(percent_decode("", false).empty());
  CHECK(percent_decode("%5B%22x%22%5d", false) == "[\"x\"]");
  CHECK(percent_decode("%c3%A9%00z", false) == "\xC3\xA9\0z"s);
  CHECK(percent_decode("%", false) == "%");
  CHECK(percent_decode("%4", false) == "%4");
  CHECK(percent_decode("%4g%g4%%41", false) == "%4g%g4%A");
  CHECK(percent_decode("%2541", false) == "%41");
}

TEST_CASE("a plus is a blank in forms only") {
  CHECK(percent_decode("a+b%2B", true) == "a b+");
  CHECK(percent_decode("a+b%2B", false) == "a+b+");
}

TEST_CASE("a field is found at any place, whole names only, the first of several") {
  CHECK(form_field("d=%5B%22a%22%5D", "d") == "[\"a\"]");
  CHECK(form_field("d=a+b", "d") == "a b");
  CHECK(form_field("x=1&d=2&d=3&y=4", "d") == "2");
  CHECK(form_field("dd=1&d=2", "d") == "2");
  CHECK(form_field("d=", "d") == "");
  CHECK(form_field("d", "d") == "");
  CHECK(form_field("x&d&y", "d") == "");
  CHECK(form_field("d=a=b", "d") == "a=b");
  CHECK(form_field("d=a%26b", "d") == "a&b");
  CHECK(form_field("callback=abc", "c") == std::nullopt);
  CHECK(form_field("", "d") == std::nullopt);
  CHECK(form_field("x=d", "d") == std::nullopt);
  CHECK(form_field("&&", "d") == std::nullopt);
}
