// The frames of a raw socket: known answers, every split, every limit.
#include "transports/flash/frames.hpp"

#include "tests/transports/websocket/feeding.hpp"
#include "transports/shared/socket_close.hpp"

using namespace encke::flash;
using encke::websocket::testing::fed_every_way;
using encke::websocket::testing::from_hex;
using Seen = encke::websocket::testing::Seen;

namespace {

std::string frame(Kind kind, std::string_view payload) {
  std::string out;
  append_frame(kind, payload, out);
  return out;
}

Seen read(std::string_view bytes, std::size_t limit = 1000, std::string* reason = nullptr) {
  return fed_every_way(
      bytes, [limit] { return Decoder(limit); }, reason);
}

}  // namespace

TEST_CASE("6.13 a frame is a letter, the length in four bytes with the highest first, and the payload") {
  CHECK(frame(Kind::text, "r[1,0,0]") == from_hex("74 00000008 725b312c302c305d"));
  CHECK(frame(Kind::binary, std::string_view("\0\xff", 2)) == from_hex("62 00000002 00ff"));
  CHECK(frame(Kind::text, "") == from_hex("74 00000000"));
  CHECK(frame(Kind::hello, std::string(258, 'x')).substr(0, 6) == from_hex("68 00000102 78"));
  CHECK(frame(Kind::binary, std::string(0x123456, 'x')).substr(0, 5) == from_hex("62 00123456"));
}

TEST_CASE("6.13 a close frame has a code and a reason of 123 bytes at most, or nothing") {
  const auto close = [](std::uint16_t code, std::string_view reason) {
    std::string out;
    append_close(code, reason, out);
    return out;
  };
  CHECK(close(3000, "Go") == from_hex("63 00000004 0bb8 476f"));
  CHECK(close(1005, "not sent") == from_hex("63 00000000"));
  for (const int unsendable : {0, 999, 1004, 1006, 1015, 1016, 2999, 5000, 65535}) {
    CHECK(close(static_cast<std::uint16_t>(unsendable), "") == from_hex("63 00000002 03e8"));
  }
  CHECK(close(1000, std::string(200, 'x')).size() == kHeadBytes + encke::sockets::kLongestClose);
}

TEST_CASE("6.13 a reason that is too long is cut in front of a character") {
  const std::string long_reason = std::string(122, 'x') + "\xc3\xa9";
  std::string out;
  append_close(1000, long_reason, out);
  CHECK(out.substr(kHeadBytes + 2) == long_reason.substr(0, 122));
  CHECK(static_cast<unsigned char>(out[kHeadBytes - 1]) == 124);
}

TEST_CASE("6.13 what is encoded is read, however it is cut, whatever is in it") {
  const std::string nuls(3, '\0');
  const std::string all = frame(Kind::text, "one") + frame(Kind::text, "") + frame(Kind::binary, nuls) +
                          frame(Kind::binary, "") + frame(Kind::text, "two") +
                          from_hex("63 00000004 0bb8 476f");
  CHECK(read(all) == Seen{"text one", "text ", "binary " + nuls, "binary ", "text two", "close 3000 Go"});
}

TEST_CASE("6.13 a close without payload is 1005; nothing behind a close is read") {
  CHECK(read(from_hex("63 00000000 74 00000001 78")) == Seen{"close 1005 "});
  CHECK(read(from_hex("63 00000002 03e8 ff")) == Seen{"close 1000 "});
}

TEST_CASE("6.13 a message as long as the limit is read, one byte more is 1009 by its head alone") {
  CHECK(read(frame(Kind::text, std::string(1000, 'x'))) == Seen{"text " + std::string(1000, 'x')});
  std::string reason;
  CHECK(read(from_hex("74 000003e9"), 1000, &reason) == Seen{"error 1009"});
  CHECK(reason == "a frame is longer than a message may be");
  CHECK(read(from_hex("62 ffffffff 7878")) == Seen{"error 1009"});
}

TEST_CASE("6.13 what no client may send is 1002, and nothing behind it is read") {
  std::string reason;
  CHECK(read(from_hex("68 00000000 74 00000000"), 1000, &reason) == Seen{"error 1002"});
  CHECK(reason == "a second hello; expected frames t, b or c");
  CHECK(read(from_hex("00 00000000"), 1000, &reason) == Seen{"error 1002"});
  CHECK(reason == "an unknown kind of frame; expected t, b or c");
  CHECK(read(from_hex("63 00000001 78")) == Seen{"error 1002"});
  CHECK(read(from_hex("63 0000007e")) == Seen{"error 1002"});
  CHECK(read(from_hex("63 0000007d 03e8") + std::string(123, 'x')) ==
        Seen{"close 1000 " + std::string(123, 'x')});
}

TEST_CASE("a frame that is whole in the input is delivered in place") {
  std::string bytes = frame(Kind::text, "here");
  std::span<char> input(bytes);
  Decoder decoder(10);
  CHECK(decoder.next(input).payload.data() == bytes.data() + kHeadBytes);
}
