// What a connection makes of requests: bytes in, bytes out, each fed whole, byte by byte and at every split.
#include "tests/http/support.hpp"

#include <string>
#include <string_view>

using namespace encke;
using namespace encke::test;

namespace {

constexpr std::string_view kHost = "Host: h\r\n\r\n";

std::string get(std::string_view path, std::string_view version = "1.1", std::string_view fields = "") {
  return "GET " + std::string(path) + " HTTP/" + std::string(version) + "\r\n" + std::string(fields) +
         std::string(kHost);
}

std::string post(std::string_view body, std::string_view path = "/tell") {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

const std::string kHello = answer_text(200, "hello");

}  // namespace

TEST_CASE("an answer's exact bytes") {
  Site site;
  site.stream.give(get("/hello"));
  const std::string text = site.stream.sent();
  const std::size_t date = text.find("Date: ");
  REQUIRE(date != std::string::npos);
  CHECK(text.size() == kHello.size() + 37);
  CHECK(undated(text) ==
        "HTTP/1.1 200 OK\r\n"
        "Content-Type: text/plain; charset=UTF-8\r\n"
        "Content-Length: 5\r\n"
        "\r\n"
        "hello");
}

TEST_CASE("keep-alive as each version has it (RFC 9112 9.3)") {
  CHECK(fed_every_way(get("/hello")) == kHello + "|open");
  CHECK(fed_every_way(get("/hello", "1.1", "Connection: close\r\n")) ==
        answer_text(200, "hello", Then::closes) + "|closed");
  CHECK(fed_every_way(get("/hello", "1.0")) == answer_text(200, "hello", Then::closes) + "|closed");
  CHECK(fed_every_way(get("/hello", "1.0", "Connection: Keep-Alive\r\n")) ==
        answer_text(200, "hello", Then::keeps_10) + "|open");
}

TEST_CASE("pipelined requests are answered in order (RFC 9112 9.3.2)") {
  CHECK(fed_every_way(get("/hello") + get("/tell?1") + post("two") + get("/hello")) ==
        kHello + answer_text(200, "GET /tell 1.1 ?1") + answer_text(200, "POST /tell 1.1 [two]") + kHello +
            "|open");
  // Nothing behind a request that closes is looked at.
  CHECK(fed_every_way(get("/hello", "1.1", "Connection: close\r\n") + get("/hello") + "\x01") ==
        answer_text(200, "hello", Then::closes) + "|closed");
}

TEST_CASE("bodies come with a length or in chunks") {
  CHECK(fed_every_way(post("")) == answer_text(200, "POST /tell 1.1") + "|open");
  CHECK(fed_every_way("POST /tell HTTP/1.1\r\n" + std::string(kHost)) ==
        answer_text(200, "POST /tell 1.1") + "|open");
  CHECK(fed_every_way(post("body") + get("/hello")) ==
        answer_text(200, "POST /tell 1.1 [body]") + kHello + "|open");
  CHECK(fed_every_way("POST /tell HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: h\r\n\r\n"
                      "2\r\nbo\r\n2;x=y\r\ndy\r\n0\r\nTrailer: t\r\n\r\n" +
                      get("/hello")) == answer_text(200, "POST /tell 1.1 [body]") + kHello + "|open");
  CHECK(fed_every_way("GET /tell HTTP/1.1\r\nContent-Length: 3\r\nHost: h\r\n\r\nabc" + get("/hello")) ==
        answer_text(200, "GET /tell 1.1 [abc]") + kHello + "|open");
}

TEST_CASE("a body of exactly the limit is read, one byte more is 413") {
  CHECK(fed_every_way(post(std::string(128, 'x'))) ==
        answer_text(200, "POST /tell 1.1 [" + std::string(128, 'x') + "]") + "|open");
  const std::string refusal =
      answer_text(413, "the request's body is larger than 128 bytes\n", Then::closes) + "|closed";
  CHECK(fed_every_way(post(std::string(129, 'x'))) == refusal);
  const std::string chunked = "POST /tell HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: h\r\n\r\n";
  CHECK(fed_every_way(chunked + "80\r\n" + std::string(128, 'x') + "\r\n0\r\n\r\n") ==
        answer_text(200, "POST /tell 1.1 [" + std::string(128, 'x') + "]") + "|open");
  CHECK(fed_every_way(chunked + "81\r\n" + std::string(129, 'x') + "\r\n0\r\n\r\n") == refusal);
  // The announcement is enough.
  CHECK(fed_every_way("POST /tell HTTP/1.1\r\nContent-Length: 1099511627776\r\nHost: h\r\n\r\n") == refusal);
}

TEST_CASE("HEAD gets the head of the same answer (RFC 9110 9.3.2)") {
  const std::string head = kHello.substr(0, kHello.size() - 5);
  CHECK(fed_every_way("HEAD /hello HTTP/1.1\r\n" + std::string(kHost) + get("/hello")) ==
        head + kHello + "|open");
}

TEST_CASE("204 and 304 have neither body nor length (RFC 9110 8.6)") {
  CHECK(fed_every_way(get("/status?204")) == "HTTP/1.1 204 No Content\r\n\r\n|open");
  CHECK(fed_every_way(get("/status?304") + get("/hello")) ==
        "HTTP/1.1 304 Not Modified\r\n\r\n" + kHello + "|open");
  CHECK(fed_every_way(get("/status?200")) == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n|open");
}

TEST_CASE("unknown paths are 404, wrong methods 405 with Allow (RFC 9110 15.5)") {
  CHECK(fed_every_way(get("/nowhere") + get("/hello")) ==
        answer_text(404, "404 Error: Page not found\n") + kHello + "|open");
  CHECK(fed_every_way("DELETE /get HTTP/1.1\r\n" + std::string(kHost) + get("/get")) ==
        answer_text(405, "", Then::keeps, "Allow: GET, HEAD\r\n") + answer_text(200, "got") + "|open");
}

TEST_CASE("what is refused from its head leaves no body to be taken for a request") {
  // A body that is there can be passed over; one that is not there ends the connection.
  Site site;
  CHECK(site.ask(post("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n", "/nowhere") + get("/hello")) ==
        answer_text(404, "404 Error: Page not found\n") + kHello);
  Site late;
  const std::string request = post("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n", "/nowhere");
  late.stream.give(request.substr(0, request.size() - 10));
  CHECK(outcome(late) == answer_text(404, "404 Error: Page not found\n", Then::closes) + "|closed");
  Site chunked;
  CHECK(chunked.ask("POST /nowhere HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: h\r\n\r\n0\r\n\r\n") ==
        answer_text(404, "404 Error: Page not found\n", Then::closes));
  CHECK(chunked.stream.state() == FakeStream::State::closed);
}

TEST_CASE("what is not HTTP is refused with a text that says so") {
  CHECK(fed_every_way("\x16\x03\x01\x02") ==
        answer_text(400, "this port speaks plain HTTP, and a TLS handshake came\n", Then::closes) +
            "|closed");
  CHECK(fed_every_way("get / HTTP/1.1\r\n\r\n") ==
        answer_text(400, "expected an HTTP request\n", Then::closes) + "|closed");
  CHECK(fed_every_way("BREW /pot HTTP/1.1\r\n" + std::string(kHost)) ==
        answer_text(501, "the request's method is not one of HTTP's\n", Then::closes) + "|closed");
  CHECK(fed_every_way(get("/", "2.0")) ==
        answer_text(505, "expected HTTP/1.0 or HTTP/1.1\n", Then::closes) + "|closed");
  CHECK(fed_every_way("GET / HTTP/1.1\r\n\r\n") ==
        answer_text(400, "an HTTP/1.1 request must have a Host field\n", Then::closes) + "|closed");
  CHECK(fed_every_way("HEAD / HTTP/1.1\r\n\r\n") ==
        answer_text(400, "an HTTP/1.1 request must have a Host field\n", Then::closes) + "|closed");
  CHECK(fed_every_way(get("/hello") + get("/hello", "1.1", "Host: other\r\n")) ==
        kHello + answer_text(400, "a request must have one Host field\n", Then::closes) + "|closed");
  CHECK(fed_every_way("POST /tell HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n" +
                      std::string(kHost) + "0\r\n\r\n")
            .substr(0, 12) == "HTTP/1.1 400");
}

TEST_CASE("empty lines before a request are skipped (RFC 9112 2.2)") {
  CHECK(fed_every_way("\r\n\r\n" + get("/hello") + "\r\n\n" + get("/hello")) == kHello + kHello + "|open");
}

TEST_CASE("a target in absolute form is served by its path (RFC 9112 3.2.2)") {
  CHECK(fed_every_way(get("http://elsewhere/tell?x")) == answer_text(200, "GET /tell 1.1 ?x") + "|open");
}

TEST_CASE("a head of the limit is read, a longer one is 431") {
  http::Limits limits;
  limits.head_bytes = 256;
  const std::string plain = get("/hello", "1.1", "Long: \r\n");
  const auto padded = [&](std::size_t size) {
    return get("/hello", "1.1", "Long: " + std::string(size - plain.size(), 'x') + "\r\n");
  };
  REQUIRE(padded(256).size() == 256);
  CHECK(fed_every_way(padded(256), limits) == kHello + "|open");
  CHECK(fed_every_way(padded(256) + get("/hello"), limits) == kHello + kHello + "|open");
  CHECK(fed_every_way(padded(257), limits) ==
        answer_text(431, "the request's head is longer than 256 bytes\n", Then::closes) + "|closed");
}

TEST_CASE("Expect: 100-continue is answered while the body is not there yet (RFC 9110 10.1.1)") {
  const std::string head =
      "POST /tell HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 4\r\nHost: h\r\n\r\n";
  const std::string answer = answer_text(200, "POST /tell 1.1 [body]");
  Site apart;
  CHECK(apart.ask(head) == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(apart.ask("body") == answer);
  Site together;
  CHECK(together.ask(head + "body") == answer);
  Site begun;
  CHECK(begun.ask(head + "bo") == "");
  CHECK(begun.ask("dy") == answer);
  Site chunks;
  CHECK(chunks.ask("POST /tell HTTP/1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n" +
                   std::string(kHost)) == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(chunks.ask("4\r\nbody\r\n0\r\n\r\n") == answer);
  Site old;  // HTTP/1.0 has no interim answers
  CHECK(old.ask("POST /tell HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n") == "");
  CHECK(old.ask("body") == answer_text(200, "POST /tell 1.0 [body]", Then::closes));
}

TEST_CASE("a refusal comes instead of 100-continue, other expectations are 417 (RFC 9110 10.1.1)") {
  Site large;
  CHECK(large.ask("POST /tell HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 129\r\nHost: h\r\n\r\n") ==
        answer_text(413, "the request's body is larger than 128 bytes\n", Then::closes));
  Site nowhere;
  CHECK(nowhere.ask("POST /no HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\nHost: h\r\n\r\n") ==
        answer_text(404, "404 Error: Page not found\n", Then::closes));
  const std::string refusal = "expected Expect: 100-continue or none\n";
  Site other;
  CHECK(other.ask("GET /tell HTTP/1.1\r\nExpect: a-miracle\r\n" + std::string(kHost) + get("/hello")) ==
        answer_text(417, refusal) + kHello);
  Site with_body;
  CHECK(with_body.ask("POST /tell HTTP/1.1\r\nExpect: x\r\nContent-Length: 1\r\n" + std::string(kHost)) ==
        answer_text(417, refusal, Then::closes));
}
