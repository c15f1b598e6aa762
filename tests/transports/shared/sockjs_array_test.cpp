// Inbound payloads: which bodies are messages, and what is wrong with the others (PROTOCOL 3.1).
#include "transports/shared/sockjs_array.hpp"

#include "transports/shared/sockjs_escape.hpp"
#include "transports/shared/utf8.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

using namespace std::string_view_literals;
using encke::sockjs::Payload;
using encke::sockjs::PayloadError;
using Form = encke::sockjs::Payload::Form;

namespace {

using Texts = std::vector<std::string>;

Texts accepted(std::string_view body, Form form = Form::array) {
  Payload payload;
  INFO(body);
  REQUIRE(payload.parse(body, form) == PayloadError::none);
  return {payload.messages().begin(), payload.messages().end()};
}

PayloadError rejected(std::string_view body, Form form = Form::array) {
  Payload payload;
  const PayloadError error = payload.parse(body, form);
  CHECK(payload.messages().empty());
  return error;
}

std::string one(std::string_view value) {
  const Texts texts = accepted(std::string("[").append(value) + "]");
  REQUIRE(texts.size() == 1);
  return texts[0];
}

}  // namespace

TEST_CASE("an array of strings is its messages in order (PROTOCOL 3.1)") {
  CHECK(accepted(R"(["x"])") == Texts{"x"});
  CHECK(accepted(R"(["a","","c"])") == Texts{"a", "", "c"});
  CHECK(accepted("[]").empty());
  CHECK(accepted(" \t\r\n[ \"a\" ,\n\"b\"\t] \r\n") == Texts{"a", "b"});
  CHECK(accepted("[ ]").empty());
}

TEST_CASE("an empty body is no payload, and JSON that is no array neither (PROTOCOL 3.1)") {
  CHECK(rejected("") == PayloadError::empty);
  for (const char* body : {"\"x\"", "1", "{}", "null", "true", "{\"a\":[1]}"}) {
    CHECK(rejected(body) == PayloadError::not_array);
  }
  CHECK(encke::sockjs::error_text(PayloadError::empty) == "Payload expected.");
  CHECK(encke::sockjs::error_text(PayloadError::not_array) == "Payload expected.");
  CHECK(encke::sockjs::error_text(PayloadError::broken) == "Broken JSON encoding.");
  CHECK(encke::sockjs::error_text(PayloadError::none).empty());
}

TEST_CASE("on WebSocket a bare string is one message, other bare values are not (PROTOCOL 3.3)") {
  CHECK(accepted(R"("x\n")", Form::array_or_string) == Texts{"x\n"});
  CHECK(accepted(R"( "" )", Form::array_or_string) == Texts{""});
  CHECK(accepted(R"(["x"])", Form::array_or_string) == Texts{"x"});
  CHECK(accepted("[]", Form::array_or_string).empty());
  CHECK(rejected("", Form::array_or_string) == PayloadError::empty);
  CHECK(rejected("1", Form::array_or_string) == PayloadError::not_array);
  CHECK(rejected("\"x", Form::array_or_string) == PayloadError::broken);
}

TEST_CASE("malformed JSON is broken, wherever it breaks, and nothing of it is delivered (PROTOCOL 3.2)") {
  for (const char* body : {" ",
                           "[",
                           "]",
                           "[\"x\"",
                           "[\"x\",",
                           "[\"x\",]",
                           "[,]",
                           "[,\"x\"]",
                           "[\"x\" \"y\"]",
                           "[\"x\"]]",
                           "[\"x\"]x",
                           "['x']",
                           "[x]",
                           "[\"x]",
                           "[\"\\x\"]",
                           "[\"\\\"]",
                           "[\"\\u12\"]",
                           "[\"\\u12g4\"]",
                           "[\"\\U0041\"]",
                           "{",
                           "{\"a\"}",
                           "[{\"a\":}]",
                           "[{\"a\":1,}]",
                           "[{1:2}]",
                           "[{\"a\":1]",
                           "[[1]",
                           "[[1,]]",
                           "[01]",
                           "[-]",
                           "[1.]",
                           "[.5]",
                           "[1e]",
                           "[+1]",
                           "[1e+]",
                           "[--1]",
                           "[0x1]",
                           "[NaN]",
                           "[Infinity]",
                           "[nul]",
                           "[nulll]",
                           "[TRUE]",
                           "\"x\"y",
                           "[\"x\"] ["}) {
    INFO(body);
    CHECK(rejected(body) == PayloadError::broken);
  }
  CHECK(rejected("[\"a\nb\"]") == PayloadError::broken);
  CHECK(rejected("[\"\0\"]"sv) == PayloadError::broken);
  CHECK(rejected("[\"x\"]\0"sv) == PayloadError::broken);
  CHECK(rejected("\xEF\xBB\xBF[\"x\"]") == PayloadError::broken);
}

TEST_CASE("every beginning of a payload is broken, the whole is not") {
  const std::string body = R"(["plain","\u00e9\ud83d\ude00\n",[1,"b",null],{"k":[true]},-1.5e3])";
  for (std::size_t length = 1; length < body.size(); ++length) {
    CHECK(rejected(std::string_view(body).substr(0, length)) == PayloadError::broken);
  }
  CHECK(accepted(body) == Texts{"plain", "\xC3\xA9\xF0\x9F\x98\x80\n", "1,b,", "[object Object]", "-1500"});
}

TEST_CASE("a body that is not UTF-8 is broken (PROTOCOL 3.2)") {
  for (const char* bytes : {"\x80", "\xC0\xAF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xF5\x80\x80\x80",
                            "\xC3", "\xE2\x82", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8", "\xFF"}) {
    CHECK(rejected("[\"" + std::string(bytes) + "\"]") == PayloadError::broken);
    CHECK(rejected("[\"a\",\"" + std::string(bytes) + "z\"]") == PayloadError::broken);
    CHECK(rejected("[{\"" + std::string(bytes) + "\":1}]") == PayloadError::broken);
  }
  CHECK(one("\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xEF\xBF\xBF\"") ==
        "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xEF\xBF\xBF");
}

TEST_CASE("all escapes are decoded, in either case (PROTOCOL 3.1)") {
  CHECK(one(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
  CHECK(one(R"("\u0000x")") == "\0x"sv);
  CHECK(one(R"("\u00E9\u00e9\u20AC\uffff")") == "\xC3\xA9\xC3\xA9\xE2\x82\xAC\xEF\xBF\xBF");
  CHECK(one(R"("\uD83D\uDE00\ud83d\ude00")") == "\xF0\x9F\x98\x80\xF0\x9F\x98\x80");
  for (std::uint32_t value = 0; value < 0x10000; ++value) {
    if (value >= 0xD800 && value < 0xE000) continue;
    char escape[16];
    std::snprintf(escape, sizeof escape, "[\"\\u%04x\"]", value);
    std::string expected;
    encke::sockjs::append_utf8(value, expected);
    if (accepted(escape) != Texts{expected}) FAIL(value);
  }
}

TEST_CASE("half a surrogate pair is U+FFFD, and what follows is kept (PROTOCOL 3.1)") {
  const std::string gone = "\xEF\xBF\xBD";
  CHECK(one(R"("\ud800")") == gone);
  CHECK(one(R"("\udc00x")") == gone + "x");
  CHECK(one(R"("\ud800x")") == gone + "x");
  CHECK(one(R"("\ud800\n")") == gone + "\n");
  CHECK(one(R"("\ud800\u0041")") == gone + "A");
  CHECK(one(R"("\ud800\ud83d\ude00")") == gone + "\xF0\x9F\x98\x80");
  CHECK(one(R"("\udfff\udbff")") == gone + gone);
  CHECK(one(R"("\ud800\ue000")") == gone + "\xEE\x80\x80");
  CHECK(rejected(R"(["\ud800\u12"])") == PayloadError::broken);
}

TEST_CASE("members that are no strings arrive as JavaScript's String() writes them (PROTOCOL 3.1)") {
  CHECK(accepted(R"([1,null,true,false,{},{"a":{"b":"c\n"}}])") ==
        Texts{"1", "null", "true", "false", "[object Object]", "[object Object]"});
  CHECK(accepted(R"([[],[[]],[1,[2,"x"],null,true,{"a":1}],[null,null]])") ==
        Texts{"", "", "1,2,x,,true,[object Object]", ","});
  CHECK(accepted(R"(["a",1,"\n","b",[3],""])") == Texts{"a", "1", "\n", "b", "3", ""});
}

TEST_CASE("numbers are written as JavaScript writes them") {
  const std::pair<const char*, const char*> rows[] = {{"0", "0"},
                                                      {"-0", "0"},
                                                      {"-1", "-1"},
                                                      {"1.0", "1"},
                                                      {"1.50", "1.5"},
                                                      {"0.1", "0.1"},
                                                      {"-0.25", "-0.25"},
                                                      {"1e3", "1000"},
                                                      {"1E+3", "1000"},
                                                      {"1e20", "100000000000000000000"},
                                                      {"1e21", "1e+21"},
                                                      {"123456789012345680000", "123456789012345680000"},
                                                      {"12345678901234567890", "12345678901234567000"},
                                                      {"9007199254740993", "9007199254740992"},
                                                      {"1.25e22", "1.25e+22"},
                                                      {"1e-6", "0.000001"},
                                                      {"1e-7", "1e-7"},
                                                      {"1.5e-7", "1.5e-7"},
                                                      {"-123.456", "-123.456"},
                                                      {"1e400", "Infinity"},
                                                      {"-1e400", "-Infinity"},
                                                      {"1e-400", "0"},
                                                      {"5e-324", "5e-324"},
                                                      {"1.7976931348623157e308", "1.7976931348623157e+308"},
                                                      {"100", "100"}};
  for (const auto& [json, expected] : rows) CHECK(one(json) == expected);
}

TEST_CASE("arrays and objects nest 64 deep, not 65") {
  const auto nested = [](unsigned depth, char open, char close, std::string_view key) {
    std::string body = "[";
    for (unsigned level = 1; level < depth; ++level) (body += open) += key;
    if (!key.empty() && depth > 1) body += "1";
    body.append(depth - 1, close);
    return body + "]";
  };
  CHECK(accepted(nested(64, '[', ']', "")) == Texts{""});
  CHECK(rejected(nested(65, '[', ']', "")) == PayloadError::broken);
  CHECK(accepted(nested(64, '{', '}', "\"k\":")) == Texts{"[object Object]"});
  CHECK(rejected(nested(65, '{', '}', "\"k\":")) == PayloadError::broken);
  CHECK(rejected(std::string(1'000'000, '[')) == PayloadError::broken);
}

TEST_CASE("one Payload parses many bodies, and shows the last only") {
  Payload payload;
  CHECK(payload.parse(R"(["a\n","b"])", Form::array) == PayloadError::none);
  CHECK(payload.messages().size() == 2);
  CHECK(payload.parse("[", Form::array) == PayloadError::broken);
  CHECK(payload.messages().empty());
  CHECK(payload.parse(R"(["c\t"])", Form::array) == PayloadError::none);
  REQUIRE(payload.messages().size() == 1);
  CHECK(payload.messages()[0] == "c\t");
}

TEST_CASE(
    "what is escaped is parsed to the same bytes, at every length around the sizes that are looked at at "
    "once") {
  for (std::size_t length = 0; length < 72; ++length) {
    for (const char* special : {"\"", "\\", "\n", "\xC3\xA9", "\xE2\x80\xA8", "\xF0\x9F\x98\x80"}) {
      for (std::size_t at = 0; at <= length; ++at) {
        std::string text(length, 'x');
        text.insert(at, special);
        std::string body = "[";
        encke::sockjs::append_json_string(text, body);
        CHECK(accepted(body + "]") == Texts{text});
      }
    }
  }
}

TEST_CASE("a large payload's memory is given back") {
  Payload payload;
  std::string body = "[";
  for (int count = 0; count < 200'000; ++count) body += "\"\\u0041\",";
  body.back() = ']';
  REQUIRE(payload.parse(body, Payload::Form::array) == PayloadError::none);
  CHECK(payload.messages().size() == 200'000);
  CHECK(payload.messages().back() == "A");
  payload.done();
  CHECK(payload.messages().empty());
  CHECK(payload.held() <= 128 * 1024);
}
