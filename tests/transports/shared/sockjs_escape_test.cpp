// Escaping: what SockJS and browsers demand (PROTOCOL 2.3), and the second layer inside scripts.
#include "transports/shared/sockjs_escape.hpp"
#include "transports/shared/utf8.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

using namespace std::string_view_literals;
namespace sockjs = encke::sockjs;

namespace {

std::string escaped(std::string_view text) {
  std::string out = "before:";
  sockjs::append_json_string(text, out);
  REQUIRE(out.starts_with("before:\""));
  return out.substr(7);
}

std::string in_script(std::string_view text) {
  std::string out;
  sockjs::append_script_string(text, out);
  return out;
}

std::string utf8(std::uint32_t value) {
  std::string out;
  sockjs::append_utf8(value, out);
  return out;
}

std::string unit(std::uint32_t value) {
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", value);
  return text;
}

bool in_the_set(std::uint32_t value) {
  return (value >= 0x200C && value <= 0x200F) || (value >= 0x2028 && value <= 0x202F) ||
         (value >= 0x2060 && value <= 0x206F) || (value >= 0xFFF0 && value <= 0xFFFF);
}

}  // namespace

TEST_CASE("quotes, backslashes and controls are JSON escapes (PROTOCOL 2.3)") {
  CHECK(escaped("") == "\"\"");
  CHECK(escaped("x") == "\"x\"");
  CHECK(escaped("say \"hi\\\"") == R"("say \"hi\\\"")");
  CHECK(escaped("\b\f\n\r\t"sv) == R"("\b\f\n\r\t")");
  CHECK(escaped("\0\n\r"sv) == R"("\u0000\n\r")");
  CHECK(escaped("\x01\x1f\x7f/") == "\"\\u0001\\u001f\x7f/\"");
}

TEST_CASE("exactly the 44 code points are escaped in lowercase, the rest of the BMP goes as it is") {
  int count = 0;
  for (std::uint32_t value = 0x80; value < 0x10000; ++value) {
    if (value >= 0xD800 && value < 0xE000) continue;
    const bool set = in_the_set(value);
    count += set;
    const std::string wanted = set ? unit(value) : utf8(value);
    if (escaped(utf8(value)) != std::string("\"").append(wanted) + "\"") FAIL(value);
  }
  CHECK(count == 44);
}

TEST_CASE("characters beyond U+FFFF are two lowercase surrogate escapes") {
  CHECK(escaped("\xF0\x9F\x98\x80") == R"("\ud83d\ude00")");
  CHECK(escaped("\xF0\x90\x80\x80") == R"("\ud800\udc00")");
  CHECK(escaped("\xF4\x8F\xBF\xBF") == R"("\udbff\udfff")");
}

TEST_CASE("ill-formed UTF-8 is U+FFFD, one for each longest well-formed beginning") {
  CHECK(escaped("\x80") == R"("\ufffd")");
  CHECK(escaped("a\xFFz") == R"("a\ufffdz")");
  CHECK(escaped("\xC0\xAF") == R"("\ufffd\ufffd")");
  CHECK(escaped("\xE0\x9F\xBF") == R"("\ufffd\ufffd\ufffd")");
  CHECK(escaped("\xF0\x8F\xBF\xBF") == R"("\ufffd\ufffd\ufffd\ufffd")");
  CHECK(escaped("\xE2\x82") == R"("\ufffd")");
  CHECK(escaped("\xE2\x82z") == R"("\ufffdz")");
  CHECK(escaped("\xED\xA0\x80") == R"("\ufffd\ufffd\ufffd")");
  CHECK(escaped("\xF0\x9F\x98") == R"("\ufffd")");
  CHECK(escaped("\xF4\x90\x80\x80") == R"("\ufffd\ufffd\ufffd\ufffd")");
  CHECK(escaped("\xF5") == R"("\ufffd")");
  CHECK(escaped("\xF5\x80\x80\x80") == R"("\ufffd\ufffd\ufffd\ufffd")");
}

TEST_CASE("what is special is found at every place of a long run") {
  for (std::size_t length = 0; length < 72; ++length) {
    const std::string plain(length, 'x');
    CHECK(escaped(plain) == "\"" + plain + "\"");
    for (const auto& [raw, written] : {std::pair{"\"", "\\\""},
                                       {"\\", "\\\\"},
                                       {"\x1f", "\\u001f"},
                                       {"\xC3\xA9", "\xC3\xA9"},
                                       {"\xE2\x80\xA8", "\\u2028"}}) {
      for (std::size_t at = 0; at <= length; ++at) {
        std::string text = plain;
        text.insert(at, raw);
        std::string expected = plain;
        expected.insert(at, written);
        CHECK(escaped(text) == "\"" + expected + "\"");
        CHECK(in_script(text) == "\"" + expected + "\"");
      }
    }
  }
}

TEST_CASE("every scalar value comes back from a JSON parser as it was") {
  std::string text;
  for (std::uint32_t value = 0; value <= 0x10FFFF; ++value) {
    if (value < 0xD800 || value >= 0xE000) sockjs::append_utf8(value, text);
  }
  CHECK(nlohmann::json::parse(escaped(text)).get<std::string>() == text);
  CHECK(nlohmann::json::parse(in_script(text)).get<std::string>() == text);
}

TEST_CASE("a frame inside a script cannot end the script or open a comment") {
  CHECK(in_script("o") == "\"o\"");
  CHECK(in_script("a[\"x\"]") == R"("a[\"x\"]")");
  const std::string frame = R"(a["</script><!--<SCRIPT>]]>"])";
  CHECK(in_script(frame) == R"("a[\"\u003c/script>\u003c!--\u003cSCRIPT>]]>\"]")");
  CHECK(nlohmann::json::parse(in_script(frame)).get<std::string>() == frame);
  CHECK(escaped("<") == "\"<\"");
}
