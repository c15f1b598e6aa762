// hybi-01 to hybi-06: the published samples, masks over whole frames, and the rules, fed whole, byte by byte
// and cut at every place.
#include "transports/websocket/early_hybi.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "tests/transports/websocket/feeding.hpp"

using namespace encke::websocket;
using namespace encke::websocket::testing;

namespace {

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kNonce = "H+cNj5elaybfGIQv1esl2w==";

Seen decoded(const EarlyGrammar& grammar, const std::string& bytes,
             const Limits& limits = {.max_message = 1000}, std::string* reason = nullptr) {
  return fed_every_way(
      bytes, [&] { return EarlyDecoder(limits, grammar); }, reason);
}

EarlyGrammar hybi04() { return hybi04_grammar(hybi04_masking_key(kKey, kNonce)); }

/// A frame of hybi-05 under a mask that shows any slip in its turning.
std::string masked(const std::string& frame) {
  const std::string mask = from_hex("37fa213d");
  std::string out = mask;
  for (std::size_t i = 0; i < frame.size(); ++i) out.push_back(static_cast<char>(frame[i] ^ mask[i % 4]));
  return out;
}

/// A close frame of hybi-05 and -06.
std::string masked_close(const std::string& body) {
  return masked(std::string("\x81") + static_cast<char>(body.size()) + body);
}

}  // namespace

TEST_CASE("hybi-01: the published samples (websocket facts 4)") {
  const EarlyGrammar grammar = hybi01_grammar();
  CHECK(decoded(grammar, from_hex("04 05 48656c6c6f")) == Seen{"text Hello"});
  CHECK(decoded(grammar, from_hex("84 03 48656c 00 02 6c6f")) == Seen{"text Hello"});
  CHECK(decoded(grammar, from_hex("02 05 48656c6c6f 03 05 48656c6c6f")) == Seen{"ping Hello", "pong Hello"});
  CHECK(decoded(grammar, from_hex("05 03 00ff80 04 00")) ==
        Seen{"binary " + std::string("\0\xff\x80", 3), "text "});
}

TEST_CASE("hybi-04: the published masking key and its text (websocket facts 8)") {
  const std::array<char, 20> key = hybi04_masking_key(kKey, kNonce);
  CHECK(std::string_view(key.data(), key.size()) == from_hex("6322a2adc02bc433e3896d34410b74bb7739f960"));
  CHECK(decoded(hybi04(), from_hex("3ef1d3aa 2533fca74b76de")) == Seen{"text Hello"});
}

TEST_CASE("hybi-05 and -06: masks over the whole frame, the header too (websocket facts 8)") {
  for (const EarlyGrammar& grammar : {hybi05_grammar(), hybi06_grammar()}) {
    CHECK(decoded(grammar, from_hex("00000100 8405 49656c6c6e")) == Seen{"text Hello"});
    CHECK(decoded(grammar, from_hex("37fa213d b3ff69585b964e")) == Seen{"text Hello"});
    CHECK(decoded(grammar, masked(from_hex("04 03 48656c")) + masked(from_hex("82 01 70")) +
                               masked(from_hex("80 02 6c6f"))) == Seen{"ping p", "text Hello"});
  }
}

TEST_CASE("a new mask comes with each frame, and lengths of 16 and 64 bits are under it") {
  for (const std::size_t size : {125U, 126U, 65535U, 65536U, 70000U}) {
    CAPTURE(size);
    const std::string text(size, 'x');
    std::string frame;
    early_encode_frame(false, EarlyOpcode::text, text, frame);
    const std::string two = masked(frame) + from_hex("00000000") + frame;
    Seen seen;
    EarlyDecoder decoder({.max_message = 100'000}, hybi06_grammar());
    for (std::size_t at = 0; at < two.size(); at += 4093)
      feed(decoder, std::string_view(two).substr(at, 4093), seen);
    CHECK(seen == Seen{"text " + text, "text " + text});
  }
}

TEST_CASE("a close: hybi-06 reads its code and reason, those before nothing of it (websocket facts 5)") {
  CHECK(decoded(hybi01_grammar(), from_hex("01 02 03e8 04 00")) == Seen{"close 1005 "});
  CHECK(decoded(hybi05_grammar(), masked_close("C")) == Seen{"close 1005 "});
  CHECK(decoded(hybi06_grammar(), masked_close("")) == Seen{"close 1005 "});
  CHECK(decoded(hybi06_grammar(), masked_close("\x03\xe9"
                                               "bye")) == Seen{"close 1001 bye"});
  CHECK(decoded(hybi06_grammar(), masked_close("\x03\xe9\xff")) == Seen{"close 1001 \xef\xbf\xbd"});
  CHECK(decoded(hybi06_grammar(), masked_close(std::string("\0\1", 2))) == Seen{"error 1002"});
}

TEST_CASE("what a close is answered with (websocket facts 4, 5)") {
  CHECK(early_close_body(hybi01_grammar(), 1000, "bye", "") == "");
  CHECK(early_close_body(hybi01_grammar(), 1005, "", "body") == "body");
  CHECK(early_close_body(hybi04(), 1005, "", "body") == "body");
  CHECK(early_close_body(hybi05_grammar(), 1000, "bye", "C") == "S");
  CHECK(early_close_body(hybi06_grammar(), 1000, "bye", "") ==
        "\x03\xe8"
        "bye");
  CHECK(early_close_body(hybi06_grammar(), 1005, "", "") == "");
}

TEST_CASE("text that is no UTF-8 is replaced, as these drafts say (websocket facts 5)") {
  CHECK(decoded(hybi01_grammar(), from_hex("04 03 61ff62")) == Seen{"text a\xef\xbf\xbd"
                                                                    "b"});
}

TEST_CASE("broken rules end it, and say which (websocket facts 4)") {
  struct Row {
    const char* hex;
    const char* error;
    const char* says;
  };
  const std::vector<Row> rows = {
      {"44 00", "error 1002", "reserved"},
      {"04 80", "error 1002", "reserved"},
      {"06 00", "error 1002", "opcode"},
      {"0f 00", "error 1002", "opcode"},
      {"82 00", "error 1002", "fragmented"},
      {"02 7e 0001", "error 1002", "125"},
      {"00 00", "error 1002", "continuation"},
      {"84 00 04 00", "error 1002", "within another"},
      {"04 7e 03e9", "error 1009", "too big"},
      {"84 7e 03e8", "", ""},
      {"04 7f ffffffffffffffff", "error 1009", "too big"},
      {"84 00 80 00 80 00 80 00", "error 1008", "empty"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.hex);
    std::string reason;
    const Seen seen = decoded(hybi01_grammar(), from_hex(row.hex),
                              {.max_message = 1000, .max_empty_fragments = 3}, &reason);
    CHECK(seen == (*row.error == '\0' ? Seen{} : Seen{row.error}));
    CHECK(reason.find(row.says) != std::string::npos);
  }
  std::string reason;
  CHECK(decoded(hybi01_grammar(), from_hex("84 7e 03e8") + std::string(1000, 'x') + from_hex("00 01 78"),
                {.max_message = 1000}, &reason) == Seen{"error 1009"});
}

TEST_CASE("frames to the client are whole and never masked (websocket facts 4, 5)") {
  const auto encoded = [](bool more, EarlyOpcode opcode, std::string_view payload) {
    std::string out;
    early_encode_frame(more, opcode, payload, out);
    return out;
  };
  CHECK(encoded(true, EarlyOpcode::text, "Hello") == from_hex("04 05 48656c6c6f"));
  CHECK(encoded(false, EarlyOpcode::text, "Hello") == from_hex("84 05 48656c6c6f"));
  CHECK(encoded(false, EarlyOpcode::ping, "") == from_hex("82 00"));
  CHECK(encoded(true, EarlyOpcode::binary, std::string(256, 'x')).substr(0, 4) == from_hex("05 7e 0100"));
  CHECK(encoded(false, EarlyOpcode::binary, std::string(65536, 'x')).substr(0, 10) ==
        from_hex("85 7f 0000000000010000"));
}
