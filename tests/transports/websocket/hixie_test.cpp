// hixie-76: the published challenges, and frames fed whole, byte by byte and cut at every place.
#include "transports/websocket/hixie.hpp"

#include <doctest/doctest.h>
#include <malloc.h>

#include <string>
#include <vector>

#include "tests/transports/websocket/feeding.hpp"

using namespace encke::websocket;
using namespace encke::websocket::testing;

namespace {

Seen decoded(const std::string& bytes, std::size_t max_message = 1000) {
  return fed_every_way(bytes, [&] { return HixieDecoder(max_message, true); });
}

std::string text_frame(std::string_view text) {
  std::string out;
  hixie_encode_text(text, out);
  return out;
}

}  // namespace

TEST_CASE("published challenges get the known answers (websocket facts 8)") {
  struct Row {
    std::string key1, key2, body, answer;
    std::uint32_t number1, number2;
  };
  const std::vector<Row> rows = {
      {"4 @1  46546xW%0l 1 5", "12998 5 Y3 1  .P00", "^n:ds[4U", "8jKS'y:G*Co,Wxa-", 829309203, 259970620},
      {"4 @1  46546xW%0l 1 5", "12998 5 Y3 1  .P00", "aaaaaaaa", from_hex("ca3400d8a50847972cd5715ababf437b"),
       829309203, 259970620},
      {"18x 6]8vM;54 *(5:  {   U1]8  z [  8", "1_ tx7X d  <  nw  334J702) 7]o}` 0", "Tm[K T2u",
       "fQJ,fN/4F4!~K~MH", 155712099, 173347027},
      {"3e6b263  4 17 80", "17  9 G`ZD9   2 2b 7X 3 /r90", "WjN}|M(6", "n`9eBk9z$R8pOtVb", 906585445,
       179922739},
      {"388P O503D&ul7 {K%gX( %7  15", "1 N ?|k UT0or 3o  4 I97N 5-S3O 31", from_hex("4730222d5a3f4758"),
       "0st3Rl&q-2ZU^weu", 777007543, 114997259},
  };
  for (const Row& row : rows) {
    CAPTURE(row.key1);
    CHECK(hixie76_key_number(row.key1) == row.number1);
    CHECK(hixie76_key_number(row.key2) == row.number2);
    CHECK(hixie76_answer(row.number1, row.number2, row.body) == row.answer);
  }
}

TEST_CASE("key numbers: 64 bits, spaces, divisibility (websocket facts 3)") {
  CHECK(hixie76_key_number("858 99 34588") == 4294967294U);
  CHECK(hixie76_key_number("4294967295 ") == 4294967295U);
  CHECK(hixie76_key_number(" 0") == 0U);
  for (const std::string key :
       {"", " ", "12", "1 2 3 4 5", "4294967296 ", "x y", "13 6  ", "99999999999999999999 ",
        "18446744073709551617 ", "00000000000000000008 ", "1\t2"}) {
    CAPTURE(key);
    CHECK_FALSE(hixie76_key_number(key).has_value());
  }
}

TEST_CASE("the head is whole before the 8 bytes come, with each header once (websocket facts 3)") {
  CHECK(hixie76_head("http://example.com", "ws://example.com/demo", "sample") ==
        "HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Origin: http://example.com\r\nSec-WebSocket-Location: ws://example.com/demo\r\n"
        "Sec-WebSocket-Protocol: sample\r\n\r\n");
  CHECK(hixie76_head("null", "wss://h:8443/p?q=1", "") ==
        "HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Origin: null\r\nSec-WebSocket-Location: wss://h:8443/p?q=1\r\n\r\n");
}

TEST_CASE("hixie-75: browsers compare the first 85 bytes as they are (websocket facts 2)") {
  const std::string head = hixie75_head("http://example.com", "ws://example.com/demo", "sample");
  const std::string first =
      "HTTP/1.1 101 Web Socket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n";
  CHECK(first.size() == 85);
  CHECK(head == first +
                    "WebSocket-Origin: http://example.com\r\nWebSocket-Location: ws://example.com/demo\r\n"
                    "WebSocket-Protocol: sample\r\n\r\n");
  CHECK(hixie75_head("null", "wss://h/p", "") ==
        first + "WebSocket-Origin: null\r\nWebSocket-Location: wss://h/p\r\n\r\n");
}

TEST_CASE("hixie-75 has no closing frame: FF 00 is a frame to drop (websocket facts 2)") {
  const auto make = [] { return HixieDecoder(1000, false); };
  CHECK(fed_every_way(from_hex("ff00 00 61 ff ff 80 00 00 62 ff"), make) == Seen{"text a", "text b"});
}

TEST_CASE("text frames come in order (websocket facts 8)") {
  CHECK(decoded(from_hex("00 48656c6cc3b6 ff")) == Seen{"text Hell\xc3\xb6"});
  CHECK(decoded(from_hex("00 ff 00 61 ff 00 62 00 ff")) ==
        Seen{"text ", "text a", "text " + std::string("b\0", 2)});
}

TEST_CASE("the closing frame ends it, what follows is not read (websocket facts 3)") {
  CHECK(decoded(from_hex("00 61 ff ff00 00 62 ff")) == Seen{"text a", "close 1005 "});
  CHECK(decoded(from_hex("ff 80 80 00")) == Seen{"close 1005 "});
}

TEST_CASE("other frames are read and dropped (websocket facts 2)") {
  CHECK(decoded(from_hex("01 78 79 ff 7f ff 00 61 ff")) == Seen{"text a"});
  CHECK(decoded(from_hex("80 03 00 61 ff 00 62 ff")) == Seen{"text b"});
  CHECK(decoded(from_hex("80 00 fe 00 ff 02 ff 00 00 62 ff")) == Seen{"text b"});
  CHECK(decoded(from_hex("80 81 00") + std::string(128, '\xff') + from_hex("00 62 ff")) == Seen{"text b"});
  CHECK(decoded(from_hex("80 7f") + std::string(127, '\0') + from_hex("00 62 ff")) == Seen{"text b"});
}

TEST_CASE("endless lengths are refused (CVE-2026-54466, CVE-2026-54463)") {
  CHECK(decoded(from_hex("80 80 80 80 80 80 80 80 80 80 80 00")) == Seen{"error 1002"});
  CHECK(decoded(from_hex("ff ff ff ff ff ff ff ff ff ff ff 7f")) == Seen{"error 1002"});
}

TEST_CASE("every kind of frame has a limit") {
  CHECK(decoded(from_hex("00 61626364 ff"), 4) == Seen{"text abcd"});
  CHECK(decoded(from_hex("00 6162636465 ff"), 4) == Seen{"error 1009"});
  CHECK(decoded(from_hex("00 6162636465"), 4) == Seen{"error 1009"});
  CHECK(decoded(from_hex("01 6162636465"), 4) == Seen{"error 1009"});
  CHECK(decoded(from_hex("80 05"), 4) == Seen{"error 1009"});
  CHECK(decoded(from_hex("80 81 80 00"), 1000) == Seen{"error 1009"});
}

TEST_CASE("invalid UTF-8 is replaced, not fatal (websocket facts 2)") {
  CHECK(decoded(from_hex("00 61 80 62 ff 00 c3 ff")) == Seen{"text a\xef\xbf\xbd"
                                                             "b",
                                                             "text \xef\xbf\xbd"});
}

TEST_CASE("what we send has no FF inside its frame (websocket facts 7)") {
  CHECK(text_frame("Hell\xc3\xb6") == from_hex("00 48656c6cc3b6 ff"));
  CHECK(text_frame("") == from_hex("00 ff"));
  CHECK(text_frame("a\xff\xed\xa0\x80z") == from_hex("00 61 efbfbd efbfbd efbfbd efbfbd 7a ff"));
  CHECK(text_frame(std::string_view("\0a\0", 3)) == from_hex("00 00 61 00 ff"));
  std::string out = "kept";
  hixie76_encode_close(out);
  CHECK(out == "kept" + from_hex("ff 00"));
}

TEST_CASE("what was delivered holds no memory (websocket facts 8)") {
  const auto in_use = [] { return ::mallinfo2().uordblks; };  // 0 under sanitizers
  HixieDecoder decoder(4'000'000, true);
  std::string bytes = text_frame(std::string(2'000'000, 'x'));
  const std::size_t before = in_use();
  std::span<char> first(bytes.data(), bytes.size() / 2);
  CHECK(decoder.next(first).type == Event::Type::need_more);
  std::span<char> rest(bytes.data() + bytes.size() / 2, bytes.size() - bytes.size() / 2);
  CHECK(decoder.next(rest).payload.size() == 2'000'000);
  CHECK(decoder.next(rest).type == Event::Type::need_more);
  CHECK(in_use() < before + 100'000);
}
