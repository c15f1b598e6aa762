// Strict JSON: syntax errors with their place, keys given twice with their path.
#include "server/app/json_text.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace encke::app {
namespace {

using Errors = std::vector<std::string>;

TEST_CASE("a syntax error has its line and column") {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"", "line 1, column 1: "},
      {"{\"a\": }", "line 1, column 7: "},
      {"{\n\"a\": 1\n\"b\": 2}", "line 3, column 3: "},
      {"{\"a\": 1} x", "line 1, column 10: "},
      {"{\"a\": \"\x01\"}", "line 1, column 8: "},
      {"// comment\n{}", "line 1, column 1: "},
  };
  for (const auto& row : rows) {
    CAPTURE(row.first);
    const JsonText result = parse_json_text(row.first);
    REQUIRE(result.errors.size() == 1);
    CAPTURE(result.errors[0]);
    CHECK(result.errors[0].starts_with(row.second));
    CHECK(result.errors[0].find("syntax error") != std::string::npos);
  }
}

TEST_CASE("control bytes are shown by their code points") {
  for (const std::string bytes : {"\x7f", "\x1b[31m", "\"\x7f\x7f", "{\x7f", "{\"\x7f\":1,\"\x7f\":2}"}) {
    const JsonText result = parse_json_text(bytes);
    REQUIRE(result.errors.size() == 1);
    CAPTURE(result.errors[0]);
    CHECK(std::none_of(result.errors[0].begin(), result.errors[0].end(),
                       [](char byte) { return static_cast<unsigned char>(byte) < ' ' || byte == '\x7f'; }));
  }
}

TEST_CASE("a number that no double holds is an error") {
  CHECK(parse_json_text("{\"a\": [1, 1e999]}").errors ==
        Errors{"$.a[1]: found '1e999', expected a number that a double can hold"});
}

TEST_CASE("what lies deeper than 64 is an error with its path, not looked at further") {
  CHECK(parse_json_text(std::string(64, '[') + std::string(64, ']')).errors.empty());
  const JsonText deep = parse_json_text("{\"a\": " + std::string(100'000, '[') + "}");
  REQUIRE(deep.errors.size() == 1);
  CHECK(deep.errors[0].starts_with("$.a[0][0]"));
  CHECK(deep.errors[0].ends_with("[0]: holds a value 64 deep, expected no such depth"));
}

TEST_CASE("a key given twice in one object is an error with its path") {
  CHECK(parse_json_text(R"({"a": 1, "a": 2})").errors == Errors{"$.a: given twice, expected once"});
  CHECK(parse_json_text(R"({"services": {"/echo": {}, "/echo": {}}})").errors ==
        Errors{R"($.services["/echo"]: given twice, expected once)"});
  CHECK(parse_json_text(R"({"listen": [1, "x", [2], {"b": 1}, {"c": {"d": 1, "d": 2}}]})").errors ==
        Errors{"$.listen[4].c.d: given twice, expected once"});
  CHECK(parse_json_text(R"([[1, 2], {"a": 0, "\u0061": 0}])").errors ==
        Errors{"$[1].a: given twice, expected once"});
}

TEST_CASE("the same key in different objects is no error") {
  CHECK(parse_json_text(R"({"a": {"a": {"a": 1}}, "b": [{"a": 1}, {"a": 2}]})").errors.empty());
}

TEST_CASE("paths quote what is no word") {
  CHECK(member_path("$", "workers") == "$.workers");
  CHECK(member_path("$.a", "/b\"c") == R"($.a["/b\"c"])");
  CHECK(member_path("$", "") == R"($[""])");
  CHECK(member_path("$", "1a") == R"($["1a"])");
  CHECK(element_path("$.listen", 12) == "$.listen[12]");
}

}  // namespace
}  // namespace encke::app
