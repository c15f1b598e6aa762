// The reader of responses understands what servers say, however it is split, and refuses what is wrong.
#include "tests/support/http_reader.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace encke::test {
namespace {

using namespace std::string_view_literals;

struct Fed {
  std::vector<std::string> bodies;
  std::vector<int> statuses;
  bool keeps_alive = true;
  bool broken = false;
};

/// Feeds `bytes` in two pieces; what the reader does not use is offered again, as connections do.
Fed feed(std::string_view bytes, std::size_t split) {
  Fed fed;
  HttpReader reader;
  std::string body;
  std::string pending;
  for (const auto piece : {bytes.substr(0, split), bytes.substr(split)}) {
    pending += piece;
    while (!pending.empty()) {
      const std::size_t used = reader.feed(pending, [&body](std::string_view part) { body += part; });
      pending.erase(0, used);
      if (reader.complete()) {
        fed.bodies.push_back(body);
        fed.statuses.push_back(reader.status());
        fed.keeps_alive = reader.keeps_alive();
        body.clear();
      } else if (used == 0 || reader.broken()) {
        break;
      }
    }
  }
  fed.broken = reader.broken();
  return fed;
}

template <typename Check>
void at_every_split(std::string_view bytes, Check check) {
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    CAPTURE(split);
    check(feed(bytes, split));
  }
}

TEST_CASE("responses are read one after another at every split (RFC 9112, 6 and 7.1)") {
  at_every_split(
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
      "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n"
      "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nX: "
      "y\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
      [](const Fed& fed) {
        CHECK(fed.bodies == std::vector<std::string>{"hello", "", "abc0123456789", ""});
        CHECK(fed.statuses == std::vector<int>{200, 204, 200, 200});
        CHECK_FALSE(fed.keeps_alive);
        CHECK_FALSE(fed.broken);
      });
}

TEST_CASE("a response without length or chunks ends with its connection (RFC 9112, 6.3)") {
  HttpReader reader;
  std::string body;
  reader.feed("HTTP/1.0 200 OK\r\n\r\nall of it", [&body](std::string_view part) { body += part; });
  CHECK(body == "all of it");
  CHECK(reader.ends_with_connection());
  CHECK_FALSE(reader.complete());
}

TEST_CASE("what is not HTTP is refused at every split") {
  for (const auto bytes :
       {"FTP/1.1 200 OK\r\n\r\n"sv, "HTTP/1.1 2x0 OK\r\n\r\n"sv, "HTTP/1.1 200 OK\r\nno colon\r\n\r\n"sv,
        "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n"sv,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"sv,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naXY"sv}) {
    CAPTURE(bytes);
    at_every_split(bytes, [](const Fed& fed) { CHECK(fed.broken); });
  }
}

}  // namespace
}  // namespace encke::test
