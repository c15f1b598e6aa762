// What the RFC 6455 decoder holds on to and where it stops: the attacks on lengths and fragments.
#include <doctest/doctest.h>

#include <string>

#include "tests/transports/websocket/feeding.hpp"
#include "transports/websocket/rfc6455.hpp"

using namespace encke::websocket;
using namespace encke::websocket::testing;

namespace {

Seen fed(Decoder& decoder, const std::string& bytes, std::string* reason = nullptr) {
  Seen seen;
  feed(decoder, bytes, seen, reason);
  return seen;
}

}  // namespace

TEST_CASE("an idle decoder is small") { CHECK(sizeof(Decoder) <= 96); }

TEST_CASE("a message of exactly the limit passes, one byte more is 1009") {
  Decoder fits({.max_message = 10}, false);
  CHECK(fed(fits, client_frame(0x82, "0123456789")) == Seen{"binary 0123456789"});
  Decoder over({.max_message = 10}, false);
  std::string reason;
  CHECK(fed(over, client_frame(0x82, "0123456789a"), &reason) == Seen{"error 1009"});
  CHECK(reason == "message too big; at most 10 bytes are allowed");
}

TEST_CASE("the limit is on the sum of the fragments (CVE-2026-63495)") {
  const auto make = [] { return Decoder({.max_message = 10}, false); };
  const std::string parts = client_frame(0x02, "01234") + client_frame(0x00, "56789");
  CHECK(fed_every_way(parts + client_frame(0x80, ""), make) == Seen{"binary 0123456789"});
  CHECK(fed_every_way(parts + client_frame(0x89, std::string(125, 'p')) + client_frame(0x80, "a"), make) ==
        Seen{"ping " + std::string(125, 'p'), "error 1009"});
}

TEST_CASE("a header's length is judged before its mask and payload come (CVE-2018-21035)") {
  Decoder decoder(Limits{}, false);
  CHECK(fed(decoder, from_hex("82 ff 0000000080000000")) == Seen{"error 1009"});
}

TEST_CASE("a length that would overflow the sum is 1009 (CVE-2020-27813)") {
  for (const char* length : {"7fffffffffffffff", "7ffffffffffffff0"}) {
    Decoder decoder(Limits{}, false);
    CHECK(fed(decoder, client_frame(0x02, "first") + from_hex("80 ff") + from_hex(length)) ==
          Seen{"error 1009"});
    Decoder unlimited({.max_message = SIZE_MAX}, false);
    CHECK(fed(unlimited, client_frame(0x02, "first") + from_hex("80 ff") + from_hex(length)).empty());
    Decoder compressed({.max_message = SIZE_MAX}, true);
    CHECK(fed(compressed, client_frame(0x42, "first") + from_hex("80 ff") + from_hex(length)).empty());
  }
}

TEST_CASE("a compressed message may be somewhat longer than what it inflates to") {
  Decoder decoder({.max_message = 1000}, true);
  const std::string payload(1000 + 1000 / 8 + 64, 'x');
  CHECK(fed(decoder, client_frame(0xC2, payload)) == Seen{"compressed binary " + payload});
  CHECK(fed(decoder, client_frame(0xC2, payload + "x")) == Seen{"error 1009"});
}

TEST_CASE("empty fragments have an end (CVE-2026-12151)") {
  Decoder decoder({.max_message = 100, .max_empty_fragments = 1000}, false);
  std::string flood = client_frame(0x01, "");
  for (int i = 1; i < 1000; ++i) flood += client_frame(0x00, "");
  CHECK(fed(decoder, flood).empty());
  CHECK(fed(decoder, client_frame(0x80, "all the same")) == Seen{"text all the same"});
  CHECK(fed(decoder, flood + client_frame(0x00, "")) == Seen{"error 1008"});
}

TEST_CASE("a message in a great many small fragments arrives (16 MiB in 64 bytes, 1 MiB in single ones)") {
  for (const std::size_t piece : {64UL, 1UL}) {
    const std::size_t total = piece == 1 ? 1U << 20 : 16U << 20;
    Decoder decoder({.max_message = total}, false);
    const std::string start = client_frame(0x02, std::string(piece, 'x'));
    const std::string more = client_frame(0x00, std::string(piece, 'x'));
    std::string batch;
    for (int i = 0; i < 1024; ++i) batch += more;
    Seen seen = fed(decoder, start);
    for (std::size_t sent = piece; sent < total;) {
      const std::size_t frames = std::min<std::size_t>(1024, (total - sent) / piece);
      std::string part = batch.substr(0, frames * more.size());
      feed(decoder, part, seen);
      sent += frames * piece;
    }
    CHECK(seen.empty());
    feed(decoder, client_frame(0x80, ""), seen);
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].size() == total + std::string_view("binary ").size());
  }
}

TEST_CASE("a whole message is delivered in place, unmasked where it was") {
  std::string bytes = client_frame(0x81, "in place") + client_frame(0x89, "too");
  std::span<char> input(bytes);
  Decoder decoder(Limits{}, false);
  const Event message = decoder.next(input);
  CHECK(message.payload == "in place");
  CHECK(message.payload.data() == bytes.data() + 6);
  const Event ping = decoder.next(input);
  CHECK(ping.payload.data() == bytes.data() + 6 + 8 + 6);
}

TEST_CASE("a payload stays until the next call when it was gathered") {
  Decoder decoder(Limits{}, false);
  Seen seen;
  feed(decoder, client_frame(0x01, "a long first part that does not fit a short string "), seen);
  std::string rest = client_frame(0x80, "and its end");
  std::span<char> input(rest);
  const Event event = decoder.next(input);
  rest.assign(rest.size(), '#');
  CHECK(event.payload == "a long first part that does not fit a short string and its end");
}

TEST_CASE("a decoder may be destroyed after any event") {
  std::string bytes = client_frame(0x01, "part") + client_frame(0x89, "p") + client_frame(0x80, "end");
  for (int events = 0; events < 3; ++events) {
    std::string copy = bytes;
    std::span<char> input(copy);
    auto decoder = std::make_unique<Decoder>(Limits{}, false);
    for (int i = 0; i < events; ++i) decoder->next(input);
  }
}
