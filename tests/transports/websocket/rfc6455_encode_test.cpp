// Frames to the client: published samples, length forms, close reasons.
#include <doctest/doctest.h>

#include <string>

#include "tests/transports/websocket/feeding.hpp"
#include "transports/websocket/rfc6455.hpp"

using namespace encke::websocket;
using namespace encke::websocket::testing;

namespace {

std::string framed(Opcode opcode, std::string_view payload, bool compressed = false) {
  std::string out = "kept";
  encode_frame(opcode, payload, out, compressed);
  CHECK(out.starts_with("kept"));
  return out.substr(4);
}

std::string closed(std::uint16_t code, std::string_view reason) {
  std::string out;
  encode_close(code, reason, out);
  return out;
}

}  // namespace

TEST_CASE("published server frames (RFC 6455 section 5.7, RFC 7692 section 7.2.3.1)") {
  CHECK(framed(Opcode::text, "Hello") == from_hex("81 05 48656c6c6f"));
  CHECK(framed(Opcode::ping, "Hello") == from_hex("89 05 48656c6c6f"));
  CHECK(framed(Opcode::pong, "") == from_hex("8a 00"));
  CHECK(framed(Opcode::text, from_hex("f248cdc9c90700"), true) == from_hex("c1 07 f248cdc9c90700"));
  CHECK(frame_header(Opcode::binary, 256).view() == from_hex("82 7e 0100"));
  CHECK(frame_header(Opcode::binary, 65536).view() == from_hex("82 7f 0000000000010000"));
}

TEST_CASE("lengths take the shortest form (RFC 6455 section 5.2)") {
  CHECK(frame_header(Opcode::binary, 125).view() == from_hex("82 7d"));
  CHECK(frame_header(Opcode::binary, 126).view() == from_hex("82 7e 007e"));
  CHECK(frame_header(Opcode::binary, 65535).view() == from_hex("82 7e ffff"));
  CHECK(frame_header(Opcode::binary, 0x0102030405060708U).view() == from_hex("82 7f 0102030405060708"));
}

TEST_CASE("a close frame carries a code and a reason of at most 123 bytes (RFC 6455 section 5.5.1)") {
  CHECK(closed(1000, "") == from_hex("88 02 03e8"));
  CHECK(closed(3000, "Go away!") == from_hex("88 0a 0bb8") + "Go away!");
  CHECK(closed(1005, "not said") == from_hex("88 00"));
  CHECK(closed(1000, std::string(123, 'x')) == from_hex("88 7d 03e8") + std::string(123, 'x'));
  CHECK(closed(1000, std::string(200, 'x')) == from_hex("88 7d 03e8") + std::string(123, 'x'));
}

TEST_CASE("a reason is cut between characters, and is UTF-8 whatever was given") {
  CHECK(closed(1000, std::string(122, 'x') + "\xc3\xb6") == from_hex("88 7c 03e8") + std::string(122, 'x'));
  CHECK(closed(1000, std::string(121, 'x') + "\xc3\xb6") ==
        from_hex("88 7d 03e8") + std::string(121, 'x') + "\xc3\xb6");
  CHECK(closed(1000, std::string(120, 'x') + "\xf0\x9f\x98\x80") ==
        from_hex("88 7a 03e8") + std::string(120, 'x'));
  CHECK(closed(1000, "a\xff") == from_hex("88 06 03e8 61 efbfbd"));
}
