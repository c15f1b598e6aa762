// What a page asks a gateway for.
#include "server/services/target_request.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace encke;
using namespace encke::services;
using Kind = TargetRequest::Kind;

namespace {

TargetRequest parse(const std::string& text, bool text_unless_said = false) {
  return parse_target_request(Message::text(text), text_unless_said);
}

}  // namespace

TEST_CASE("a target is a host and a port, in each form") {
  const std::pair<std::string, std::string> rows[] = {
      {"irc.example:6667", "irc.example:6667"},
      {"IRC.Example:1", "irc.example:1"},
      {"irc.example:65535\n", "irc.example:65535"},
      {"192.0.2.7:25 text", "192.0.2.7:25"},
      {"[2001:DB8::1]:25 binary\n", "[2001:db8::1]:25"},
      {"[::ffff:127.0.0.1]:25", "127.0.0.1:25"},
      {std::string(60, 'a') + "." + std::string(60, 'b') + "." + std::string(60, 'c') + ".example:1 binary",
       std::string(60, 'a') + "." + std::string(60, 'b') + "." + std::string(60, 'c') + ".example:1"}};
  for (const auto& row : rows) {
    CAPTURE(row.first);
    const TargetRequest request = parse(row.first);
    REQUIRE(request.kind == Kind::target);
    CHECK(request.to->text() == row.second);
  }
}

TEST_CASE("the page says whether text is to come, or leaves it to the service") {
  for (const bool unless_said : {false, true}) {
    CHECK(parse("a.example:1", unless_said).text == unless_said);
    CHECK(parse("a.example:1 text", unless_said).text);
    CHECK_FALSE(parse("a.example:1 binary", unless_said).text);
  }
}

TEST_CASE("what has the form of a target and can be none is told apart: other forms of addresses and ports") {
  for (const char* text : {"2130706433:80",
                           "0x7f000001:80",
                           "0177.0.0.1:80",
                           "127.1:80",
                           "127.0.0.1.:80",
                           "0x7f.0.0.1:80",
                           "irc.example:0",
                           "irc.example:65536",
                           "irc.example:99999999999999999999",
                           "irc.example:080",
                           "::1:80",
                           "[127.0.0.1]:80",
                           "[::1%lo]:80",
                           "[::1:80",
                           "irc.example.:80",
                           "user@irc.example:80",
                           "http://irc.example:80",
                           "unix:/run/x:1",
                           "unix:/run/irc.sock:80",
                           "a..example:80",
                           "-:1"}) {
    CAPTURE(text);
    const TargetRequest request = parse(text);
    CHECK(request.kind == Kind::impossible);
    CHECK_FALSE(request.to);
    CHECK(request.asked == text);
  }
}

TEST_CASE("all else is no target") {
  for (const char* text : {"",
                           "\n",
                           ":",
                           ":80",
                           "irc.example",
                           "irc.example:",
                           "irc.example:x",
                           "irc.example:80x",
                           "irc.example:-1",
                           "irc.example: 80",
                           " irc.example:80",
                           "irc.example:80 ",
                           "irc.example:80  text",
                           "irc.example:80 Text",
                           "irc.example:80 text binary",
                           "irc.example:80\r\n",
                           "irc.example:80\n\n",
                           "a.example:1\nb.example:2",
                           "a\tb:1",
                           "caf\xC3\xA9.example:80",
                           "unix:/run/irc.sock",
                           "GET / HTTP/1.1\r\nHost: a.example:80\r\n\r\n",
                           "CONNECT a.example:80 HTTP/1.1",
                           "1"}) {
    CAPTURE(text);
    CHECK(parse(text).kind == Kind::none);
    CHECK(parse(text).asked.empty());
  }
  CHECK(parse(std::string("a.example:80\0", 13)).kind == Kind::none);
  CHECK(parse_target_request(Message::binary("a.example:80"), true).kind == Kind::none);
}

TEST_CASE("a request has at most 300 bytes") {
  CHECK(parse(std::string(kMostRequestBytes - 3, 'a') + ":80").kind == Kind::impossible);
  CHECK(parse(std::string(kMostRequestBytes - 2, 'a') + ":80").kind == Kind::none);
}
