// The WebSocket machines: however the bytes are cut the events are the same, what comes out keeps the rules,
// and what is encoded decodes to itself. Input: a byte for the machine, one for the limit, one for the cuts,
// then what it is fed.
#include "server/core/utf8.hpp"
#include "tests/fuzz/events.hpp"
#include "transports/shared/protocols.hpp"
#include "transports/websocket/deflate.hpp"
#include "transports/websocket/early_hybi.hpp"
#include "transports/websocket/handshake.hpp"
#include "transports/websocket/hixie.hpp"
#include "transports/websocket/rfc6455.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace encke;
using namespace encke::test;
using namespace encke::websocket;

namespace {

/// A server's frame as a client would send it.
std::string masked_with_zeros(const std::string& frame) {
  const std::size_t length = static_cast<unsigned char>(frame[1]);
  const std::size_t head = length < 126 ? 2 : length == 126 ? 4 : 10;
  std::string out = frame.substr(0, head) + std::string(4, '\0') + frame.substr(head);
  out[1] = static_cast<char>(out[1] | '\x80');
  return out;
}

void check_deflate(std::string_view payload, std::size_t limit) {
  Decompressor decompressor;
  Compressor compressor;
  std::string message;
  const auto result = decompressor.inflate(payload, limit, message);
  require(message.size() <= limit, "the limit holds");
  require(result || message.empty(), "a failure leaves nothing");
  if (!result) return;
  std::string again;
  std::string back;
  require(compressor.compress(message, 9 + static_cast<int>(message.size() % 7), again), "it compresses");
  require(bool(decompressor.inflate(again, limit, back)) && back == message,
          "what is deflated inflates to itself");
}

void check_rfc6455(bool deflate, std::size_t limit, std::uint8_t cut_seed, std::string_view bytes) {
  const Limits limits{.max_message = limit, .max_empty_fragments = 5};
  for (const Seen& seen : fed_alike([&] { return Decoder(limits, deflate); }, bytes, cut_seed)) {
    Opcode opcode = Opcode::close;
    std::string frame;
    switch (seen.type) {
      case Event::Type::text:
        opcode = Opcode::text;
        break;
      case Event::Type::binary:
        opcode = Opcode::binary;
        break;
      case Event::Type::ping:
        opcode = Opcode::ping;
        break;
      case Event::Type::pong:
        opcode = Opcode::pong;
        break;
      case Event::Type::close:
        require(valid_utf8(seen.reason), "a close reason is UTF-8");
        break;
      default:
        continue;
    }
    if (opcode == Opcode::text && !seen.compressed) require(valid_utf8(seen.payload), "text is UTF-8");
    if (opcode < Opcode::close && !seen.compressed) require(seen.payload.size() <= limit, "the limit holds");
    if (seen.compressed) check_deflate(seen.payload, limit);
    if (opcode == Opcode::close) {
      encode_close(seen.code, seen.reason, frame);
    } else {
      encode_frame(opcode, seen.payload, frame, seen.compressed);
    }
    const auto again =
        fed_alike([&] { return Decoder(limits, deflate); }, masked_with_zeros(frame), cut_seed);
    require(again.size() == 1 && again[0] == seen, "what is encoded decodes to itself");
  }
}

void check_hixie(bool has_close, std::size_t limit, std::uint8_t cut_seed, std::string_view bytes) {
  for (const Seen& seen : fed_alike([&] { return HixieDecoder(limit, has_close); }, bytes, cut_seed)) {
    require(has_close || seen.type != Event::Type::close, "hixie-75 closes nothing");
    if (seen.type != Event::Type::text) continue;
    require(valid_utf8(seen.payload), "text is UTF-8");
    std::string frame;
    hixie_encode_text(seen.payload, frame);
    require(frame.front() == '\0' && frame.find('\xFF') == frame.size() - 1, "FF only ends a text");
    require(frame.substr(1, frame.size() - 2) == seen.payload, "what is encoded is the text");
  }
  (void)hixie76_key_number(bytes);
}

void check_early(std::size_t limit, std::uint8_t cut_seed, std::string_view bytes) {
  const std::array grammars = {hybi01_grammar(), hybi04_grammar({}), hybi05_grammar(), hybi06_grammar()};
  const EarlyGrammar& grammar = grammars[cut_seed % grammars.size()];
  const Limits limits{.max_message = limit, .max_empty_fragments = 5};
  for (const Seen& seen : fed_alike([&] { return EarlyDecoder(limits, grammar); }, bytes, cut_seed)) {
    require(seen.payload.size() <= std::max<std::size_t>(limit * 3, 375),
            "limits hold, replacements included");
    require(seen.type != Event::Type::text || valid_utf8(seen.payload), "text is UTF-8");
    require(valid_utf8(seen.reason), "a reason is UTF-8");
    std::string frame;
    if (seen.type != Event::Type::text && seen.type != Event::Type::binary) continue;
    early_encode_frame(true, EarlyOpcode::binary, seen.payload, frame);
    EarlyDecoder again({.max_message = frame.size()}, hybi01_grammar());
    std::span<char> input(frame);
    require(again.next(input).payload == seen.payload, "what is encoded decodes to itself");
  }
}

void check_headers(std::string_view bytes) {
  if (const auto agreed = negotiate(bytes)) {
    require(agreed->server_window_bits >= 9 && agreed->server_window_bits <= 15, "the window is possible");
    const auto again = negotiate(agreed->header());
    require(again && again->header() == agreed->header(), "an answer would be a good offer");
  }
  const std::array<std::string, 2> ours = {"a", "chat"};
  const std::string_view chosen = encke::choose_protocol(bytes, ours);
  require(chosen.empty() || chosen == ours[0] || chosen == ours[1], "only what is ours is chosen");
  UpgradeRequest request;
  request.upgrade = "websocket";
  request.connection = bytes;
  request.version = "13";
  request.key = bytes;
  const Handshake handshake = decide(request);
  require((handshake.dialect == Dialect::refused) == !handshake.text.empty(), "a refusal says why");
}

void check_utf8(std::uint8_t cut_seed, std::string_view bytes) {
  Utf8Validator whole;
  Utf8Validator pieces;
  bool pieces_right = true;
  for (std::string_view rest = bytes; !rest.empty();) {
    const std::string_view piece = rest.substr(0, 1U + cut_seed % 11U);
    rest.remove_prefix(piece.size());
    pieces_right = pieces.feed(piece);
  }
  require(whole.feed(bytes) == pieces_right && whole.complete() == pieces.complete(),
          "pieces are judged alike");
  const std::string replaced = replace_invalid_utf8(bytes);
  require(valid_utf8(replaced), "what was replaced is UTF-8");
  require((replaced == bytes) == valid_utf8(bytes), "only what is wrong is replaced");
  std::string frame;
  encode_close(1000, bytes, frame);
  require(frame.size() <= 127 && valid_utf8(std::string_view(frame).substr(4)), "a reason fits and is UTF-8");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  constexpr std::array<std::size_t, 4> kLimits = {1U << 16, 300, 16, 0};
  const std::size_t limit = kLimits[data[1] % kLimits.size()];
  const std::uint8_t cut_seed = data[2];
  const std::string_view bytes(reinterpret_cast<const char*>(data + 3), size - 3);
  switch (data[0] % 7) {
    case 0:
      check_rfc6455(false, limit, cut_seed, bytes);
      break;
    case 1:
      check_rfc6455(true, limit, cut_seed, bytes);
      break;
    case 2:
      check_hixie(data[2] % 2 == 0, limit, cut_seed, bytes);
      break;
    case 3:
      check_headers(bytes);
      break;
    case 4:
      check_deflate(bytes, limit);
      break;
    case 5:
      check_utf8(cut_seed, bytes);
      break;
    default:
      check_early(limit, cut_seed, bytes);
      break;
  }
  return 0;
}
