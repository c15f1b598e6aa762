// The RFC 6455 decoder, rule by rule: each row is fed whole, byte by byte and cut at every place.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/transports/websocket/feeding.hpp"
#include "transports/websocket/rfc6455.hpp"

using namespace encke::websocket;
using namespace encke::websocket::testing;

namespace {

constexpr int kText = 0x81, kBinary = 0x82, kClose = 0x88, kPing = 0x89, kPong = 0x8A;
constexpr int kTextPart = 0x01, kBinaryPart = 0x02, kMore = 0x00, kLast = 0x80;
constexpr int kRsv1 = 0x40, kRsv2 = 0x20, kRsv3 = 0x10;

Seen decoded(const std::string& bytes, bool deflate = false, Limits limits = {},
             std::string* reason = nullptr) {
  return fed_every_way(
      bytes, [&] { return Decoder(limits, deflate); }, reason);
}

}  // namespace

TEST_CASE("published client frames (RFC 6455 section 5.7)") {
  CHECK(decoded(from_hex("81 85 37fa213d 7f9f4d5158")) == Seen{"text Hello"});
  CHECK(decoded(from_hex("8a 85 37fa213d 7f9f4d5158")) == Seen{"pong Hello"});
  CHECK(decoded(from_hex("88 82 37fa213d 3412")) == Seen{"close 1000 "});
  CHECK(decoded(from_hex("01 83 37fa213d 7f9f4d") + from_hex("80 82 37fa213d 5b95")) == Seen{"text Hello"});
}

TEST_CASE("each length form at its edges (RFC 6455 section 5.2)") {
  for (const std::size_t size : {0, 1, 3, 4, 7, 8, 9, 125, 126, 127, 65535, 65536, 65537}) {
    CAPTURE(size);
    std::string payload(size, '\0');
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<char>(i * 7);
    CHECK(decoded(client_frame(kBinary, payload)) == Seen{"binary " + payload});
  }
}

TEST_CASE("several frames in one read come out in order") {
  CHECK(decoded(client_frame(kText, "one") + client_frame(kBinary, "") + client_frame(kPing, "p") +
                client_frame(kText, "") + client_frame(kClose, "")) ==
        Seen{"text one", "binary ", "ping p", "text ", "close 1005 "});
}

TEST_CASE("fragments are joined, control frames may come between them (RFC 6455 section 5.4)") {
  CHECK(decoded(client_frame(kTextPart, "Hel") + client_frame(kPing, "a") + client_frame(kMore, "") +
                client_frame(kPong, std::string(125, 'b')) + client_frame(kLast, "lo") +
                client_frame(kText, "next")) ==
        Seen{"ping a", "pong " + std::string(125, 'b'), "text Hello", "text next"});
  CHECK(decoded(client_frame(kBinaryPart, "") + client_frame(kMore, "") + client_frame(kLast, "")) ==
        Seen{"binary "});
  CHECK(decoded(client_frame(kTextPart, "") + client_frame(kLast, "late")) == Seen{"text late"});
  CHECK(decoded(client_frame(kTextPart, "early") + client_frame(kLast, "")) == Seen{"text early"});
}

TEST_CASE("broken framing ends with 1002 and says what was expected (RFC 6455 section 5)") {
  struct Row {
    std::string bytes;
    const char* says;
    bool deflate = false;
  };
  const std::vector<Row> rows = {
      {from_hex("81 05 48656c6c6f"), "without a mask"},
      {from_hex("88 00"), "without a mask"},
      {client_frame(kText | kRsv1, "x"), "reserved bit"},
      {client_frame(kText | kRsv2, "x"), "reserved bit"},
      {client_frame(kText | kRsv3, "x"), "reserved bit"},
      {client_frame(kPing | kRsv1, ""), "reserved bit"},
      {client_frame(kText | kRsv1 | kRsv2, "x"), "RSV2 or RSV3", true},
      {client_frame(kText | kRsv3, "x"), "RSV2 or RSV3", true},
      {client_frame(kPing | kRsv1, "x"), "RSV1", true},
      {client_frame(kClose | kRsv1, ""), "RSV1", true},
      {client_frame(kTextPart, "x") + client_frame(kLast | kRsv1, "x"), "RSV1", true},
      {client_frame(0x83, "x"), "reserved opcode"},
      {client_frame(0x84, "x"), "reserved opcode"},
      {client_frame(0x85, "x"), "reserved opcode"},
      {client_frame(0x86, "x"), "reserved opcode"},
      {client_frame(0x87, "x"), "reserved opcode"},
      {client_frame(0x8B, "x"), "reserved opcode"},
      {client_frame(0x8C, "x"), "reserved opcode"},
      {client_frame(0x8D, "x"), "reserved opcode"},
      {client_frame(0x8E, "x"), "reserved opcode"},
      {client_frame(0x8F, "x"), "reserved opcode"},
      {client_frame(0x09, "x"), "fragmented control"},
      {client_frame(0x0A, "x"), "fragmented control"},
      {client_frame(0x08, ""), "fragmented control"},
      {client_frame(kPing, std::string(126, 'x')), "125"},
      {client_frame(kClose, std::string(70000, 'x')), "125"},
      {client_frame(kLast, "x"), "no message is open"},
      {client_frame(kMore, "x"), "no message is open"},
      {client_frame(kText, "done") + client_frame(kLast, "x"), "no message is open"},
      {client_frame(kTextPart, "x") + client_frame(kText, "y"), "inside a fragmented one"},
      {client_frame(kTextPart, "x") + client_frame(kBinaryPart, "y"), "inside a fragmented one"},
      {from_hex("82 fe 007d 00000000"), "longer form"},
      {from_hex("82 fe 0000 00000000"), "longer form"},
      {from_hex("82 ff 000000000000ffff 00000000"), "longer form"},
      {from_hex("82 ff 0000000000000000 00000000"), "longer form"},
      {from_hex("82 ff 8000000000000000 00000000"), "top bit"},
      {from_hex("82 ff ffffffffffffffff 00000000"), "top bit"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.says);
    std::string reason;
    const Seen seen = decoded(row.bytes + client_frame(kText, "after"), row.deflate, {}, &reason);
    REQUIRE_FALSE(seen.empty());
    CHECK(seen.back() == "error 1002");
    CHECK(reason.find(row.says) != std::string::npos);
  }
}

TEST_CASE("a bad first byte or second byte is refused before more comes") {
  for (const std::string bytes :
       {"83", "f1", "80", "09", "81 05", "89 fe", "82 ff 80000000 00000000", "82 fe 0001"}) {
    CAPTURE(bytes);
    Decoder decoder(Limits{}, false);
    Seen seen;
    feed(decoder, from_hex(bytes), seen);
    CHECK(seen == Seen{"error 1002"});
  }
}

TEST_CASE("nothing follows an error or a close") {
  CHECK(decoded(client_frame(kClose, "") + client_frame(kText, "x") + client_frame(0x8F, "")) ==
        Seen{"close 1005 "});
  CHECK(decoded(client_frame(0x8F, "") + client_frame(kText, "x")) == Seen{"error 1002"});
}

TEST_CASE("close payloads (RFC 6455 sections 5.5.1 and 7.4)") {
  const auto close_with = [](unsigned code, const std::string& reason) {
    return client_frame(kClose, std::string{static_cast<char>(code >> 8), static_cast<char>(code)} + reason);
  };
  CHECK(decoded(client_frame(kClose, "")) == Seen{"close 1005 "});
  CHECK(decoded(client_frame(kClose, "\x03")) == Seen{"error 1002"});
  CHECK(decoded(close_with(1000, "done \xc3\xb6")) == Seen{"close 1000 done \xc3\xb6"});
  CHECK(decoded(close_with(1000, std::string(123, 'r'))) == Seen{"close 1000 " + std::string(123, 'r')});
  CHECK(decoded(close_with(1000, "bad \xff")) == Seen{"error 1007"});
  CHECK(decoded(close_with(1000, "cut \xc3")) == Seen{"error 1007"});
  for (const unsigned code : {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U, 1012U, 1013U,
                              1014U, 3000U, 3999U, 4000U, 4999U}) {
    CHECK(decoded(close_with(code, "")) == Seen{"close " + std::to_string(code) + " "});
  }
  for (const unsigned code :
       {0U, 1U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 1100U, 2000U, 2999U, 5000U, 65535U}) {
    CAPTURE(code);
    CHECK(decoded(close_with(code, "")) == Seen{"error 1002"});
  }
}

TEST_CASE("a close in the middle of a message is a close") {
  CHECK(decoded(client_frame(kTextPart, "half") + client_frame(kClose, "")) == Seen{"close 1005 "});
}

TEST_CASE("text must be UTF-8, across fragments too (RFC 6455 section 8.1)") {
  const std::string word = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xf0\x9f\x98\x80";
  CHECK(decoded(client_frame(kText, word)) == Seen{"text " + word});
  for (std::size_t cut = 0; cut <= word.size(); ++cut) {
    CHECK(decoded(client_frame(kTextPart, word.substr(0, cut)) + client_frame(kPing, "\xff") +
                  client_frame(kLast, word.substr(cut))) == Seen{"ping \xff", "text " + word});
  }
  CHECK(decoded(client_frame(kText, "cut \xf0\x9f\x98")) == Seen{"error 1007"});
  CHECK(decoded(client_frame(kTextPart, "cut \xf0\x9f") + client_frame(kLast, "")) == Seen{"error 1007"});
  CHECK(decoded(client_frame(kText, "\xed\xa0\x80")) == Seen{"error 1007"});
  CHECK(decoded(client_frame(kBinary, "\xed\xa0\x80")) == Seen{"binary \xed\xa0\x80"});
}

TEST_CASE("a message after one that ended inside a frame starts its text anew") {
  CHECK(decoded(client_frame(kTextPart, "\xc3") + client_frame(kLast, "\xb6") +
                client_frame(kText, "\xc3\xb6")) == Seen{"text \xc3\xb6", "text \xc3\xb6"});
}

TEST_CASE("bad text fails at once, with the frame and the message unfinished (RFC 6455 section 8.1)") {
  const std::string frame = client_frame(kTextPart, "ok \xf4\x90 and much more that never comes");
  Decoder decoder(Limits{}, false);
  Seen seen;
  feed(decoder, frame.substr(0, 6 + 4), seen);
  CHECK(seen.empty());
  feed(decoder, frame.substr(6 + 4, 1), seen);
  CHECK(seen == Seen{"error 1007"});
}

TEST_CASE("RSV1 marks a compressed message where deflate was negotiated (RFC 7692 section 6)") {
  CHECK(decoded(client_frame(kText | kRsv1, from_hex("f248cdc9c90700")), true) ==
        Seen{"compressed text " + from_hex("f248cdc9c90700")});
  CHECK(decoded(client_frame(kTextPart | kRsv1, from_hex("f248cd")) + client_frame(kPing, "") +
                    client_frame(kLast, from_hex("c9c90700")) + client_frame(kBinary, "plain"),
                true) == Seen{"ping ", "compressed text " + from_hex("f248cdc9c90700"), "binary plain"});
}
