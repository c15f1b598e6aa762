// The dialects of WebSocket as wires.
#include "transports/websocket/wire.hpp"

#include "server/core/release.hpp"
#include "server/core/utf8.hpp"
#include "transports/shared/facade_frames.hpp"
#include "transports/shared/socket_close.hpp"
#include "transports/shared/sockjs_frames.hpp"
#include "transports/websocket/hixie.hpp"
#include "transports/websocket/rfc6455.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

namespace encke::websocket {

namespace {

// Below this, deflating costs more time than its few saved bytes are worth.
constexpr std::size_t kWorthDeflating = 128;

/// This loop's: no connection keeps a window, so one serves all.
Compressor& compressor() {
  thread_local Compressor shared;
  return shared;
}

Decompressor& decompressor() {
  thread_local Decompressor shared;
  return shared;
}

Limits limits_of(const InputLimits& limits) {
  constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
  const std::size_t fragments = limits.max_empty_fragments == 0 ? kMost : limits.max_empty_fragments;
  return {.max_message = limits.max_message,
          .max_empty_fragments = static_cast<std::uint32_t>(std::min(fragments, kMost))};
}

/// The text of a message as `framing` has it; `buffer` is used where it is not the message itself.
std::string_view framed_text(const Message& message, Framing framing, std::string& buffer) {
  if (framing == Framing::raw) return message.data();
  const Frame frame{.kind = Frame::Kind::message, .message = &message};
  if (framing == Framing::facade) {
    facade::append_frame({&frame, 1}, 0, buffer);
  } else {
    sockjs::append_messages({&frame, 1}, buffer);
  }
  return buffer;
}

/// `window_bits` 0: nothing is deflated.
class Rfc6455Encoder final : public MessageEncoder {
 public:
  Rfc6455Encoder(Framing framing, int window_bits) : framing_(framing), window_bits_(window_bits) {}

  void encode(const Message& message, std::string& out) const override {
    const Opcode opcode = framing_ == Framing::raw && message.is_binary() ? Opcode::binary : Opcode::text;
    if (framing_ == Framing::raw && window_bits_ == 0) {
      encode_frame(opcode, message.data(), out);
      return;
    }
    std::string buffer;
    const std::string_view payload = framed_text(message, framing_, buffer);
    if (window_bits_ != 0 && payload.size() >= kWorthDeflating) {
      std::string deflated;
      if (compressor().compress(payload, window_bits_, deflated)) {
        encode_frame(opcode, deflated, out, true);
        return;
      }
    }
    encode_frame(opcode, payload, out);
  }

 private:
  Framing framing_;
  int window_bits_;
};

const Rfc6455Encoder& rfc6455_encoder(Framing framing, int window_bits) {
  static const std::array kRaw{Rfc6455Encoder(Framing::raw, 0),  Rfc6455Encoder(Framing::raw, 9),
                               Rfc6455Encoder(Framing::raw, 10), Rfc6455Encoder(Framing::raw, 11),
                               Rfc6455Encoder(Framing::raw, 12), Rfc6455Encoder(Framing::raw, 13),
                               Rfc6455Encoder(Framing::raw, 14), Rfc6455Encoder(Framing::raw, 15)};
  static const std::array kSockjs{Rfc6455Encoder(Framing::sockjs, 0),  Rfc6455Encoder(Framing::sockjs, 9),
                                  Rfc6455Encoder(Framing::sockjs, 10), Rfc6455Encoder(Framing::sockjs, 11),
                                  Rfc6455Encoder(Framing::sockjs, 12), Rfc6455Encoder(Framing::sockjs, 13),
                                  Rfc6455Encoder(Framing::sockjs, 14), Rfc6455Encoder(Framing::sockjs, 15)};
  const std::size_t index = window_bits == 0 ? 0 : static_cast<std::size_t>(window_bits) - 8;
  return (framing == Framing::raw ? kRaw : kSockjs)[index];
}

struct Rfc6455State final : Wire::State {
  explicit Rfc6455State(Decoder&& at_work) : decoder(std::move(at_work)) {}
  Decoder decoder;
  std::string inflated;  // the message that the last event showed
};

/// `window_bits` 0: nothing is deflated. `pages_take_binary`: else the facade's binary messages go as text.
class Rfc6455Wire final : public Wire {
 public:
  Rfc6455Wire(int window_bits, bool pages_take_binary)
      : window_bits_(window_bits),
        pages_take_binary_(pages_take_binary),
        raw_(rfc6455_encoder(Framing::raw, window_bits)),
        sockjs_(rfc6455_encoder(Framing::sockjs, window_bits)) {}

  Event next(std::unique_ptr<State>& state, std::span<char>& input,
             const InputLimits& limits) const override {
    if (!state) {
      if (input.empty()) return {};
      Decoder decoder(limits_of(limits), window_bits_ != 0);
      Event event = decoder.next(input);
      if (decoder.at_rest() && !event.compressed) return event;
      auto made = std::make_unique<Rfc6455State>(std::move(decoder));
      if (event.compressed) inflate(event, limits.max_message, made->inflated);
      state = std::move(made);
      return event;
    }
    auto& kept = static_cast<Rfc6455State&>(*state);
    encke::release(kept.inflated);
    Event event = kept.decoder.next(input);
    if (event.compressed) {
      inflate(event, limits.max_message, kept.inflated);
    } else if (event.type == Event::Type::need_more && kept.decoder.at_rest()) {
      state.reset();
    }
    return event;
  }
  Begun begun(const State* state) const override {
    return state == nullptr ? Begun{} : static_cast<const Rfc6455State&>(*state).decoder.begun();
  }
  const MessageEncoder& encoder(Framing framing, const Message& message) const override {
    static const Rfc6455Encoder kBinary(Framing::facade, 0);
    if (framing != Framing::facade) return framing == Framing::raw ? raw_ : sockjs_;
    // Of the facade's messages the texts look as SockJS's do, and the others as they are.
    if (!message.is_binary()) return sockjs_;
    return pages_take_binary_ ? raw_ : kBinary;
  }
  void append_text(std::string_view text, std::string& out) const override {
    encode_frame(Opcode::text, text, out);
  }
  void append_close(const State*, const CloseReason& reason, std::string& out) const override {
    encode_close(sockets::sendable_close_code(reason.code), reason.text, out);
  }
  bool has_close() const override { return true; }
  bool has_pings() const override { return true; }
  void append_ping(std::string& out) const override { encode_frame(Opcode::ping, {}, out); }
  void append_pong(std::string_view payload, std::string& out) const override {
    encode_frame(Opcode::pong, payload, out);
  }

 private:
  static void inflate(Event& event, std::size_t max_message, std::string& inflated) {
    const Decompressor::Result result = decompressor().inflate(event.payload, max_message, inflated);
    event.compressed = false;
    if (!result) {
      event = error_event(result.code, result.text);
    } else if (event.type == Event::Type::text && !valid_utf8(inflated)) {
      event = error_event(close_code::kInvalidData, "a text message must be UTF-8");
    } else {
      event.payload = inflated;
    }
  }

  int window_bits_;
  bool pages_take_binary_;
  const Rfc6455Encoder& raw_;
  const Rfc6455Encoder& sockjs_;
};

/// Of hybi-01 to -06: `more` where the first bit of a frame says that it is not the last.
class EarlyEncoder final : public MessageEncoder {
 public:
  EarlyEncoder(Framing framing, bool more) : framing_(framing), more_(more) {}

  void encode(const Message& message, std::string& out) const override {
    const bool binary = framing_ == Framing::raw && message.is_binary();
    std::string buffer;
    early_encode_frame(more_, binary ? EarlyOpcode::binary : EarlyOpcode::text,
                       framed_text(message, framing_, buffer), out);
  }

 private:
  Framing framing_;
  bool more_;
};

struct EarlyState final : Wire::State {
  explicit EarlyState(const EarlyGrammar& spoken) : grammar(spoken) {}
  const EarlyGrammar grammar;
  std::optional<EarlyDecoder> decoder;  // from the first bytes on
  std::string peer_body;                // of its close frame
};

/// `more` as EarlyEncoder has it. Each connection has an EarlyState from the first.
class EarlyWire final : public Wire {
 public:
  explicit EarlyWire(bool more) : more_(more) {}

  Event next(std::unique_ptr<State>& state, std::span<char>& input,
             const InputLimits& limits) const override {
    auto& kept = static_cast<EarlyState&>(*state);
    if (!kept.decoder) kept.decoder.emplace(limits_of(limits), kept.grammar);
    Event event = kept.decoder->next(input);
    if (event.type == Event::Type::close) kept.peer_body = event.payload;
    return event;
  }
  Begun begun(const State* state) const override {
    const auto& kept = static_cast<const EarlyState&>(*state);
    return kept.decoder ? kept.decoder->begun() : Begun{};
  }
  const MessageEncoder& encoder(Framing framing, const Message& message) const override {
    static const std::array kLast{EarlyEncoder(Framing::raw, false), EarlyEncoder(Framing::sockjs, false),
                                  EarlyEncoder(Framing::facade, false)};
    static const std::array kMore{EarlyEncoder(Framing::raw, true), EarlyEncoder(Framing::sockjs, true),
                                  EarlyEncoder(Framing::facade, true)};
    // As in hybi-07: no browser of the time gives a page bytes.
    if (framing == Framing::facade && !message.is_binary()) framing = Framing::sockjs;
    return (more_ ? kMore : kLast)[static_cast<std::size_t>(framing)];
  }
  void append_text(std::string_view text, std::string& out) const override {
    append(EarlyOpcode::text, text, out);
  }
  void append_close(const State* state, const CloseReason& reason, std::string& out) const override {
    const auto& kept = static_cast<const EarlyState&>(*state);
    const std::uint16_t code = sockets::sendable_close_code(reason.code);
    append(EarlyOpcode::close, early_close_body(kept.grammar, code, reason.text, kept.peer_body), out);
  }
  bool has_close() const override { return true; }
  bool has_pings() const override { return true; }
  void append_ping(std::string& out) const override { append(EarlyOpcode::ping, {}, out); }
  void append_pong(std::string_view payload, std::string& out) const override {
    append(EarlyOpcode::pong, payload, out);
  }

 private:
  void append(EarlyOpcode opcode, std::string_view payload, std::string& out) const {
    early_encode_frame(more_, opcode, payload, out);
  }

  bool more_;
};

class HixieEncoder final : public MessageEncoder {
 public:
  explicit HixieEncoder(Framing framing) : framing_(framing) {}
  void encode(const Message& message, std::string& out) const override {
    std::string buffer;
    hixie_encode_text(framed_text(message, framing_, buffer), out);
  }

 private:
  Framing framing_;
};

struct HixieState final : Wire::State {
  HixieState(std::size_t max_message, bool has_close) : decoder(max_message, has_close) {}
  HixieDecoder decoder;
};

class HixieWire final : public Wire {
 public:
  explicit HixieWire(bool has_close) : has_close_(has_close) {}

  Event next(std::unique_ptr<State>& state, std::span<char>& input,
             const InputLimits& limits) const override {
    if (!state) state = std::make_unique<HixieState>(limits.max_message, has_close_);
    return static_cast<HixieState&>(*state).decoder.next(input);
  }
  Begun begun(const State* state) const override {
    return state == nullptr ? Begun{} : static_cast<const HixieState&>(*state).decoder.begun();
  }
  const MessageEncoder& encoder(Framing framing, const Message& message) const override {
    static const HixieEncoder kRaw(Framing::raw);
    static const HixieEncoder kSockjs(Framing::sockjs);
    static const HixieEncoder kBinary(Framing::facade);
    if (framing == Framing::facade && message.is_binary()) return kBinary;
    return framing == Framing::raw ? kRaw : kSockjs;
  }
  void append_text(std::string_view text, std::string& out) const override { hixie_encode_text(text, out); }
  void append_close(const State*, const CloseReason&, std::string& out) const override {
    if (has_close_) hixie76_encode_close(out);
  }
  bool has_close() const override { return has_close_; }
  bool has_pings() const override { return false; }
  void append_ping(std::string&) const override {}
  void append_pong(std::string_view, std::string&) const override {}

 private:
  bool has_close_;
};

}  // namespace

SpokenWire rfc6455_wire(const std::optional<DeflateParameters>& deflate) {
  static const std::array kWires{Rfc6455Wire(0, true),  Rfc6455Wire(9, true),  Rfc6455Wire(10, true),
                                 Rfc6455Wire(11, true), Rfc6455Wire(12, true), Rfc6455Wire(13, true),
                                 Rfc6455Wire(14, true), Rfc6455Wire(15, true)};
  return {kWires[deflate ? static_cast<std::size_t>(deflate->server_window_bits) - 8 : 0]};
}

SpokenWire hybi07_wire() {
  static const Rfc6455Wire kWire(0, false);
  return {kWire};
}

SpokenWire early_wire(const EarlyGrammar& grammar) {
  static const EarlyWire kLast(false);
  static const EarlyWire kMore(true);
  return {grammar.top_bit_means_more ? kMore : kLast, std::make_unique<EarlyState>(grammar)};
}

SpokenWire hixie_wire(bool has_close) {
  static const HixieWire kWithClose(true);
  static const HixieWire kWithout(false);
  return {has_close ? kWithClose : kWithout};
}

}  // namespace encke::websocket
