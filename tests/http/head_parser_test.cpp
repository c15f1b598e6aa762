// Request heads and chunked bodies: bytes and their meaning (RFC 9112).
#include "server/http/head_parser.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace encke;
using namespace encke::http;
using namespace std::string_literals;

namespace {

/// "GET /a ?q 1.1 keep {host=h} 5", "chunked" for the length where it is, or "400 text".
std::string parsed(std::string_view head) {
  HeadParser parser;
  Request request;
  Result<BodyFraming> framing = parser.parse(head, request);
  if (!framing) return std::to_string(framing.error().status) + " " + framing.error().text;
  std::string text(request.method);
  (text += ' ') += request.path;
  if (!request.query.empty()) (text += " ?") += request.query;
  text += request.http11 ? " 1.1" : " 1.0";
  text += request.keep_alive ? " keep {" : " close {";
  for (const Field& field : request.fields) ((text += field.name) += '=') += std::string(field.value) + ";";
  text += "} ";
  if (request.upgrade) text += "upgrade ";
  if (!request.has_body) return text + "none";
  return text + (framing->chunked ? "chunked" : std::to_string(framing->length));
}

std::string head_of(std::string_view first, std::string_view fields = "") {
  return std::string(first) + "\r\nHost: h\r\n" + std::string(fields) + "\r\n";
}

std::string status_of(std::string_view head) { return parsed(head).substr(0, 3); }

}  // namespace

TEST_CASE("a head ends behind its first empty line (RFC 9112 2.1)") {
  CHECK(find_head_end("", 0) == 0);
  CHECK(find_head_end("GET / HTTP/1.1\r\n", 0) == 0);
  CHECK(find_head_end("GET / HTTP/1.1\r\n\r", 0) == 0);
  CHECK(find_head_end("a\r\n\r\n", 0) == 5);
  CHECK(find_head_end("a\n\n", 0) == 3);
  CHECK(find_head_end("a\n\r\n", 0) == 4);
  CHECK(find_head_end("a\r\n\r\nb\r\n\r\n", 0) == 5);

  // However far it was searched before, the end is found.
  const std::string text = "GET / HTTP/1.1\r\nHost: h\r\n\r\nbody";
  const std::size_t end = text.size() - 4;
  for (std::size_t seen = 0; seen < end; ++seen) {
    REQUIRE(find_head_end(text.substr(0, seen), 0) == 0);
    CHECK(find_head_end(text, seen) == end);
  }
}

TEST_CASE("request lines and fields (RFC 9112 3, 5)") {
  CHECK(parsed(head_of("GET /a?b=c HTTP/1.1")) == "GET /a ?b=c 1.1 keep {Host=h;} none");
  CHECK(parsed("GET / HTTP/1.0\r\n\r\n") == "GET / 1.0 close {} none");
  CHECK(parsed("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n") ==
        "GET / 1.0 keep {Connection=Keep-Alive;} none");
  CHECK(parsed(head_of("GET / HTTP/1.1", "Connection: close\r\n")) ==
        "GET / 1.1 close {Host=h;Connection=close;} none");
  CHECK(parsed(head_of("GET / HTTP/1.1", "A: \t b c \t \r\nEmpty:\r\nBlank: \r\n")) ==
        "GET / 1.1 keep {Host=h;A=b c;Empty=;Blank=;} none");
  CHECK(parsed(head_of("POST / HTTP/1.1", "Content-Length: 12\r\n")) ==
        "POST / 1.1 keep {Host=h;Content-Length=12;} 12");
  CHECK(parsed(head_of("POST / HTTP/1.1", "content-length: 0\r\n")) ==
        "POST / 1.1 keep {Host=h;content-length=0;} 0");
  CHECK(parsed(head_of("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n")) ==
        "POST / 1.1 keep {Host=h;Transfer-Encoding=chunked;} chunked");
  CHECK(parsed(head_of("GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\n")) ==
        "GET / 1.1 keep {Host=h;Connection=Upgrade;Upgrade=websocket;} upgrade none");
  CHECK(parsed(head_of("GET //a/./b/../%2e?x?y#z HTTP/1.1")).substr(0, 3) == "GET");
  CHECK(parsed(head_of("GET //a/./b/%2E%00 HTTP/1.1")) == "GET //a/./b/%2E%00 1.1 keep {Host=h;} none");
}

TEST_CASE("Proxy-Connection means nothing, whatever it says (RFC 9112 C.2.2)") {
  // A proxy that speaks HTTP/1.0 passes it on unread, and waits for an end of the connection.
  CHECK(parsed("GET / HTTP/1.0\r\nProxy-Connection: keep-alive\r\n\r\n") ==
        "GET / 1.0 close {Proxy-Connection=keep-alive;} none");
  CHECK(parsed("GET / HTTP/1.0\r\nConnection: a, Keep-Alive\r\nProxy-Connection: close\r\n\r\n") ==
        "GET / 1.0 keep {Connection=a, Keep-Alive;Proxy-Connection=close;} none");
  CHECK(parsed(head_of("GET / HTTP/1.1", "proxy-connection: close\r\n")) ==
        "GET / 1.1 keep {Host=h;proxy-connection=close;} none");
  CHECK(parsed(head_of("GET / HTTP/1.1",
                       "Proxy-Connection: keep-alive\r\nConnection: a\r\nConnection: close\r\n")) ==
        "GET / 1.1 close {Host=h;Proxy-Connection=keep-alive;Connection=a;Connection=close;} none");
  CHECK(parsed(head_of("GET / HTTP/1.1", "Upgrade: websocket\r\nProxy-Connection: Upgrade\r\n")) ==
        "GET / 1.1 keep {Host=h;Upgrade=websocket;Proxy-Connection=Upgrade;} none");
  CHECK(
      parsed(head_of(
                 "GET / HTTP/1.1",
                 "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nProxy-Connection: keep-alive\r\n"))
          .ends_with("} upgrade none"));
}

TEST_CASE("an upgrade is asked for by the list rule, however the list is written (RFC 9110 5.6.1, 7.6.1)") {
  for (const char* connection :
       {"Connection: ,Upgrade\t,", "Connection: upgrade\t, keep-alive",
        "Connection: x\r\nConnection: ,, UPGRADE", "Connection: Upgrade\r\nConnection: keep-alive"}) {
    CAPTURE(connection);
    const std::string fields = "Upgrade: websocket\r\n" + std::string(connection) + "\r\n";
    CHECK(parsed(head_of("GET / HTTP/1.1", fields)).ends_with("} upgrade none"));
  }
  CHECK(parsed(head_of("GET / HTTP/1.1", "Connection: Upgrade\r\n")).ends_with("} none"));
  CHECK(parsed(head_of("GET / HTTP/1.1", "Upgrade: websocket\r\nConnection: upgrades\r\n"))
            .ends_with("} none"));
}

TEST_CASE("targets in absolute form name their path only (RFC 9112 3.2.2)") {
  CHECK(parsed(head_of("GET http://other:81/a/b?c HTTP/1.1")) == "GET /a/b ?c 1.1 keep {Host=h;} none");
  CHECK(parsed(head_of("GET http://other HTTP/1.1")) == "GET  1.1 keep {Host=h;} none");
  CHECK(parsed(head_of("OPTIONS * HTTP/1.1")) == "OPTIONS  1.1 keep {Host=h;} none");
}

TEST_CASE("one Host field, and none missing in HTTP/1.1 (RFC 9112 3.2)") {
  CHECK(parsed("GET / HTTP/1.1\r\n\r\n") == "400 an HTTP/1.1 request must have a Host field");
  CHECK(parsed(head_of("GET / HTTP/1.1", "host: h\r\n")) == "400 a request must have one Host field");
  CHECK(parsed("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n") == "400 a request must have one Host field");
  CHECK(parsed("GET / HTTP/1.1\r\nHost:\r\n\r\n") == "GET / 1.1 keep {Host=;} none");
  CHECK(parsed("GET http://h/a HTTP/1.0\r\n\r\n") == "GET /a 1.0 close {} none");
}

TEST_CASE("malformed heads are 400") {
  for (const std::string bad : {

           "GET / FTP/1.1\r\nHost: h\r\n\r\n",
           "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: h\r\nNo colon\r\n\r\n",
           "GET / HTTP/1.1\r\nHost : h\r\n\r\n",
           "GET / HTTP/1.1\r\n: h\r\nHost: h\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: h\r\nA(b): c\r\n\r\n",
           "GET / HTTP/1.1\r\n Host: h\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1x\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x1\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \r\n\r\n",
           "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551616\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
       }) {
    CAPTURE(bad);
    CHECK(status_of(bad) == "400");
  }
  CHECK(status_of("GET / HTTP/1.1\r\nHost: h\r\nA: b\0c\r\n\r\n"s) == "400");
  CHECK(status_of("GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n"s) == "400");
}

TEST_CASE("a request cannot be read in two ways (RFC 9112 6.1, 11.2)") {
  const auto with = [](std::string_view fields) { return status_of(head_of("POST / HTTP/1.1", fields)); };
  CHECK(with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") == "400");
  CHECK(with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n") == "400");
  CHECK(with("Transfer-Encoding: chunked, identity\r\n") != "POS");
  CHECK(with("Transfer-Encoding: gzip\r\n") != "POS");
  CHECK(with("Transfer-Encoding: xchunked\r\n") != "POS");
  CHECK(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n") != "POS");
  CHECK(with("Transfer-Encoding : chunked\r\n") == "400");
  CHECK(with("Transfer-Encoding: \x0b"
             "chunked\r\n") != "POS");
}

TEST_CASE("methods and versions that we do not speak: 501 and 505 (RFC 9110 15.6)") {
  CHECK(parsed(head_of("BREW /pot HTTP/1.1")) == "501 the request's method is not one of HTTP's");
  CHECK(parsed(head_of("GET / HTTP/2.0")) == "505 expected HTTP/1.0 or HTTP/1.1");
  CHECK(parsed(head_of("GET / HTTP/1.2")) == "505 expected HTTP/1.0 or HTTP/1.1");
  CHECK(parsed(head_of("GET / HTTP/0.9")) == "505 expected HTTP/1.0 or HTTP/1.1");
  CHECK(status_of(head_of("GET / HTTP/9.9")) == "505");
  CHECK(status_of(head_of("GET / HTTP/11.1")) != "GET");
  CHECK(status_of("GET /\r\n\r\n") == "505");
}

TEST_CASE("a field folded over two lines is refused (RFC 9112 5.2)") {
  constexpr const char* kFolded = "400 a field's value must stand on one line";
  CHECK(parsed(head_of("GET / HTTP/1.1", "A: b\r\n c\r\n")) == kFolded);
  CHECK(parsed(head_of("GET / HTTP/1.1", "A: b\r\n\tc\r\n")) == kFolded);
  CHECK(parsed(head_of("GET / HTTP/1.1", "A:\r\n c\r\n")).substr(0, 3) == "400");
  CHECK(parsed(head_of("POST / HTTP/1.1", "Content-Length: 1\r\n 0\r\n")).substr(0, 3) == "400");
  CHECK(parsed(head_of("POST / HTTP/1.1", "Transfer-Encoding:\r\n chunked\r\n")).substr(0, 3) == "400");
}

namespace {

/// The body of chunks, what follows them in brackets, or the error.
struct Decoding {
  explicit Decoding(std::size_t limit_ = 128) : limit(limit_) {
    const std::string head = head_of("POST / HTTP/1.1", "Transfer-Encoding: chunked\r\n");
    REQUIRE(parser.parse(head, request));
  }
  /// Whether to go on.
  bool feed(std::string_view piece) {
    Result<HeadParser::Fed> fed = parser.feed_chunked(piece, body, limit);
    if (!fed) {
      outcome = std::to_string(fed.error().status) + " " + fed.error().text;
      return false;
    }
    if (!fed->complete) {
      CHECK(fed->used == piece.size());
      return true;
    }
    used += fed->used;
    outcome = body;
    return false;
  }
  HeadParser parser;
  Request request;
  std::string body;
  std::string outcome = "incomplete";
  std::size_t used = 0;
  const std::size_t limit;
};

std::string decoded(std::string_view bytes, std::size_t limit = 128) {
  Decoding whole(limit);
  whole.feed(bytes);
  Decoding single(limit);
  for (const char& byte : bytes) {
    if (!single.feed({&byte, 1})) break;
  }
  CHECK(single.outcome == whole.outcome);
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    Decoding halves(limit);
    if (halves.feed(bytes.substr(0, cut))) halves.feed(bytes.substr(cut));
    CAPTURE(cut);
    CHECK(halves.outcome == whole.outcome);
  }
  if (whole.used == 0 || whole.used == bytes.size()) return whole.outcome;
  return whole.outcome + "[" + std::string(bytes.substr(whole.used)) + "]";
}

}  // namespace

TEST_CASE("chunked bodies, however they are cut (RFC 9112 7.1)") {
  CHECK(decoded("0\r\n\r\n") == "");
  CHECK(decoded("5\r\nhello\r\n0\r\n\r\n") == "hello");
  CHECK(decoded("1\r\na\r\n2\r\nbc\r\n0\r\n\r\nGET /") == "abc[GET /]");
  CHECK(decoded("A\r\n0123456789\r\n0\r\n\r\n") == "0123456789");
  CHECK(decoded("0000a\r\n0123456789\r\n0\r\n\r\n") == "0123456789");
  CHECK(decoded("5;name=value\r\nhello\r\n0\r\n\r\n") == "hello");
  CHECK(decoded("5\r\nhello\r\n0\r\nTrailer: x\r\nMore: y\r\n\r\n") == "hello");
  CHECK(decoded("5\r\nhel") == "incomplete");
}

TEST_CASE("malformed chunks are 400") {
  CHECK(decoded("g\r\n").substr(0, 3) == "400");
  CHECK(decoded("-1\r\na").substr(0, 3) == "400");
  CHECK(decoded("5\r\nhelloX\r\n0\r\n\r\n").substr(0, 3) == "400");
  CHECK(decoded("\r\n5\r\nhello\r\n0\r\n\r\n").substr(0, 3) == "400");
  CHECK(decoded("fffffffffffffffff\r\n").substr(0, 3) == "400");
}

TEST_CASE("a chunked body is 413 one byte over its limit, and not before") {
  const std::string fits = "80\r\n" + std::string(128, 'x') + "\r\n0\r\n\r\n";
  CHECK(decoded(fits) == std::string(128, 'x'));
  CHECK(decoded("81\r\n" + std::string(129, 'x') + "\r\n0\r\n\r\n") ==
        "413 the request's body is larger than 128 bytes");
  CHECK(decoded("80\r\n" + std::string(128, 'x') + "\r\n1\r\nx\r\n0\r\n\r\n") ==
        "413 the request's body is larger than 128 bytes");
  CHECK(decoded("1\r\nx\r\n", 0) == "413 the request's body is larger than 0 bytes");
}

TEST_CASE("a chunked body that is mostly framing is refused") {
  Decoding endless_extension(1 << 20);
  REQUIRE(endless_extension.feed("1;"));
  const std::string piece(4096, 'e');
  int pieces = 0;
  while (endless_extension.feed(piece)) REQUIRE(++pieces < 64);
  CHECK(endless_extension.outcome == "400 the chunked body has more framing than data");

  // Single bytes, though, are a fair way to send.
  Decoding bytes(1 << 20);
  for (int count = 0; count < 10'000; ++count) REQUIRE(bytes.feed("1\r\nx\r\n"));
  bytes.feed("0\r\n\r\n");
  CHECK(bytes.outcome == std::string(10'000, 'x'));
}
