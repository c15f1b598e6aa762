// The generator understands what servers say, however it is split, and refuses what is wrong: a generator
// that let mistakes pass would measure them.
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/frames.hpp"
#include "tests/bench/http_reader.hpp"
#include "tests/bench/payload.hpp"

namespace encke::bench {
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

TEST_CASE("SockJS frames are told apart, and broken ones refused (SockJS 0.3 framing)") {
  std::vector<std::string_view> messages;
  std::string storage;
  CHECK(read_frame("o", messages, storage) == FrameKind::Open);
  CHECK(read_frame("h", messages, storage) == FrameKind::Heartbeat);
  CHECK(read_frame("c[3000,\"Go away!\"]", messages, storage) == FrameKind::Close);
  CHECK(read_frame("a[]", messages, storage) == FrameKind::Messages);
  CHECK(messages.empty());
  REQUIRE(read_frame(R"(a["one","t\"w\\o\u0033\/","","four"])", messages, storage) == FrameKind::Messages);
  CHECK(messages == std::vector<std::string_view>{"one", "t\"w\\o3/", "", "four"});
  for (const auto text : {"", "x", "a", "a[", "a[\"one\"", "a[\"one]", "a[\"one\",]", "a[\"one\"]]", "a[1]",
                          "a[\"\\x\"]", "a[\"\\u00\"]", "oo"}) {
    CAPTURE(text);
    CHECK(read_frame(text, messages, storage) == FrameKind::Broken);
  }
}

TEST_CASE("each envelope gives its frame, and nothing for the lines around it (SockJS 0.3 framing)") {
  std::string_view frame;
  std::string storage;
  REQUIRE(read_envelope(Envelope::Line, "a[\"x\"]", frame, storage));
  CHECK(frame == "a[\"x\"]");
  CHECK_FALSE(read_envelope(Envelope::Line, std::string(2048, 'h'), frame, storage));
  REQUIRE(read_envelope(Envelope::Event, "data: a[\"x\"]\r", frame, storage));
  CHECK(frame == "a[\"x\"]");
  CHECK_FALSE(read_envelope(Envelope::Event, "\r", frame, storage));
  REQUIRE(read_envelope(Envelope::Script, R"(p("a[\"x\"]");)", frame, storage));
  CHECK(frame == "a[\"x\"]");
  for (const auto line :
       {"<script>", "</script>\r", "    function p(d) {c.message(d);};", "p(\"a[]\")", "p(\"o"})
    CHECK_FALSE(read_envelope(Envelope::Script, line, frame, storage));
  REQUIRE(read_envelope(Envelope::Call,
                        R"(/**/_jp.x("a[\"x\"]");)"
                        "\r",
                        frame, storage));
  CHECK(frame == "a[\"x\"]");
  CHECK_FALSE(read_envelope(Envelope::Call, "_jp.x(\"o\");\r", frame, storage));
}

TEST_CASE("WebSocket frames of every length form are read at every split (RFC 6455, 5.2)") {
  for (const std::size_t size : {0U, 125U, 126U, 65535U, 65536U}) {
    const std::string payload(size, 'p');
    std::string head{"\x81", 1};
    if (size < 126) {
      head += static_cast<char>(size);
    } else {
      const std::size_t width = size < 65536 ? 2 : 8;
      head += static_cast<char>(size < 65536 ? 126 : 127);
      for (std::size_t i = width; i-- > 0;) head += static_cast<char>(size >> (8 * i));
    }
    const std::string bytes = head + payload;
    for (std::size_t cut = 0; cut < bytes.size(); cut += cut < 12 ? 1 : 4093) {
      std::string_view part = std::string_view(bytes).substr(0, cut);
      SocketFrame frame;
      CHECK(read_socket_frame(part, frame) == SocketRead::More);
      CHECK(part.size() == cut);
    }
    std::string_view whole = bytes;
    SocketFrame frame;
    REQUIRE(read_socket_frame(whole, frame) == SocketRead::Frame);
    CHECK(whole.empty());
    CHECK(frame.fin);
    CHECK(frame.opcode == 1);
    CHECK(frame.payload == payload);
  }
}

TEST_CASE("masked frames and reserved bits from a server are refused (RFC 6455, 5.1 and 5.2)") {
  for (auto bytes : {"\x81\x80\x01\x02\x03\x04"sv, "\xc1\x01x"sv, "\x91\x01x"sv}) {
    SocketFrame frame;
    CHECK(read_socket_frame(bytes, frame) == SocketRead::Broken);
  }
}

TEST_CASE("written frames are masked (RFC 6455, 5.7: \"Hello\" under the mask 37 fa 21 3d)") {
  std::string out;
  std::uint32_t mask = 0;
  static_assert(sizeof mask == 4);
  std::string("\x37\xfa\x21\x3d").copy(reinterpret_cast<char*>(&mask), sizeof mask);
  write_socket_frame(out, 1, "Hello", mask);
  CHECK(out == "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"sv);
  out.clear();
  write_socket_frame(out, 1, std::string(300, 'a'), 0);
  CHECK(out.substr(0, 8) == "\x81\xfe\x01\x2c\0\0\0\0"sv);
  CHECK(out.size() == 308);
}

TEST_CASE("a message that differs in one byte from what was sent is not taken") {
  PayloadWriter writer(32);
  const std::string message(writer.write(0xabc, 0x12345678));
  CHECK(message == "00000abc-12345678-xxxxxxxxxxxxxx");
  Payload payload;
  REQUIRE(read_payload(message, 32, payload));
  CHECK(payload.sender == 0xabc);
  CHECK(payload.number == 0x12345678);
  for (std::size_t i = 0; i < message.size(); ++i) {
    std::string wrong = message;
    wrong[i] = 'y';
    CHECK_FALSE(read_payload(wrong, 32, payload));
  }
  CHECK_FALSE(read_payload(message + "x", 32, payload));
  CHECK_FALSE(read_payload(message.substr(1), 32, payload));
  CHECK_FALSE(read_payload("", 32, payload));
}

}  // namespace
}  // namespace encke::bench
