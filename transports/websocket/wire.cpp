// The dialects of WebSocket as wires.
#include "transports/websocket/wire.hpp"

#include "transports/shared/facade_frames.hpp"
#include "transports/shared/socket_close.hpp"
#include "transports/shared/sockjs_frames.hpp"
#include "transports/websocket/hixie.hpp"
#include "transports/websocket/rfc6455.hpp"
#include "transports/websocket/utf8.hpp"

#include <array>

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

class Rfc6455Wire final : public Wire {
 public:
  Rfc6455Wire(std::size_t max_message, const std::optional<DeflateParameters>& deflate,
              bool pages_take_binary)
      : max_message_(max_message),
        decoder_({.max_message = max_message}, deflate.has_value()),
        window_bits_(deflate ? static_cast<std::uint8_t>(deflate->server_window_bits) : std::uint8_t{0}),
        pages_take_binary_(pages_take_binary) {}

  Event next(std::span<char>& input) override {
    inflated_.reset();
    Event event = decoder_.next(input);
    if (event.compressed) inflate(event);
    return event;
  }
  const MessageEncoder& encoder(Framing framing, const Message& message) const override {
    static const Rfc6455Encoder kBinary(Framing::facade, 0);
    // Of the facade's messages the texts look as SockJS's do, and the others as they are.
    if (framing == Framing::facade) {
      if (!message.is_binary()) return rfc6455_encoder(Framing::sockjs, window_bits_);
      if (!pages_take_binary_) return kBinary;
      framing = Framing::raw;
    }
    return rfc6455_encoder(framing, window_bits_);
  }
  void append_text(std::string_view text, std::string& out) const override {
    encode_frame(Opcode::text, text, out);
  }
  void append_close(const CloseReason& reason, std::string& out) const override {
    encode_close(sockets::sendable_close_code(reason.code), reason.text, out);
  }
  bool has_close() const override { return true; }
  bool has_pings() const override { return true; }
  void append_ping(std::string& out) const override { encode_frame(Opcode::ping, {}, out); }
  void append_pong(std::string_view payload, std::string& out) const override {
    encode_frame(Opcode::pong, payload, out);
  }

 private:
  void inflate(Event& event) {
    inflated_ = std::make_unique<std::string>();
    const Decompressor::Result result = decompressor().inflate(event.payload, max_message_, *inflated_);
    event.compressed = false;
    if (!result) {
      event = error_event(result.code, result.text);
    } else if (event.type == Event::Type::text && !valid_utf8(*inflated_)) {
      event = error_event(close_code::kInvalidData, "a text message must be UTF-8");
    } else {
      event.payload = *inflated_;
    }
  }

  std::size_t max_message_;
  Decoder decoder_;
  std::unique_ptr<std::string> inflated_;  // the message that the last event showed
  std::uint8_t window_bits_;
  bool pages_take_binary_;
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

class EarlyWire final : public Wire {
 public:
  EarlyWire(std::size_t max_message, const EarlyGrammar& grammar)
      : grammar_(grammar), decoder_({.max_message = max_message}, grammar) {}

  Event next(std::span<char>& input) override {
    Event event = decoder_.next(input);
    if (event.type == Event::Type::close) peer_body_ = event.payload;
    return event;
  }
  const MessageEncoder& encoder(Framing framing, const Message& message) const override {
    static const std::array kLast{EarlyEncoder(Framing::raw, false), EarlyEncoder(Framing::sockjs, false),
                                  EarlyEncoder(Framing::facade, false)};
    static const std::array kMore{EarlyEncoder(Framing::raw, true), EarlyEncoder(Framing::sockjs, true),
                                  EarlyEncoder(Framing::facade, true)};
    // As in hybi-07: no browser of the time gives a page bytes.
    if (framing == Framing::facade && !message.is_binary()) framing = Framing::sockjs;
    return (grammar_.top_bit_means_more ? kMore : kLast)[static_cast<std::size_t>(framing)];
  }
  void append_text(std::string_view text, std::string& out) const override {
    append(EarlyOpcode::text, text, out);
  }
  void append_close(const CloseReason& reason, std::string& out) const override {
    append(EarlyOpcode::close,
           early_close_body(grammar_, sockets::sendable_close_code(reason.code), reason.text, peer_body_),
           out);
  }
  bool has_close() const override { return true; }
  bool has_pings() const override { return true; }
  void append_ping(std::string& out) const override { append(EarlyOpcode::ping, {}, out); }
  void append_pong(std::string_view payload, std::string& out) const override {
    append(EarlyOpcode::pong, payload, out);
  }

 private:
  void append(EarlyOpcode opcode, std::string_view payload, std::string& out) const {
    early_encode_frame(grammar_.top_bit_means_more, opcode, payload, out);
  }

  EarlyGrammar grammar_;
  EarlyDecoder decoder_;
  std::string peer_body_;  // of its close frame
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

class HixieWire final : public Wire {
 public:
  HixieWire(std::size_t max_message, bool has_close)
      : decoder_(max_message, has_close), has_close_(has_close) {}

  Event next(std::span<char>& input) override { return decoder_.next(input); }
  const MessageEncoder& encoder(Framing framing, const Message& message) const override {
    static const HixieEncoder kRaw(Framing::raw);
    static const HixieEncoder kSockjs(Framing::sockjs);
    static const HixieEncoder kBinary(Framing::facade);
    if (framing == Framing::facade && message.is_binary()) return kBinary;
    return framing == Framing::raw ? kRaw : kSockjs;
  }
  void append_text(std::string_view text, std::string& out) const override { hixie_encode_text(text, out); }
  void append_close(const CloseReason&, std::string& out) const override {
    if (has_close_) hixie76_encode_close(out);
  }
  bool has_close() const override { return has_close_; }
  bool has_pings() const override { return false; }
  void append_ping(std::string&) const override {}
  void append_pong(std::string_view, std::string&) const override {}

 private:
  HixieDecoder decoder_;
  bool has_close_;
};

}  // namespace

std::unique_ptr<Wire> make_rfc6455_wire(std::size_t max_message,
                                        const std::optional<DeflateParameters>& deflate) {
  return std::make_unique<Rfc6455Wire>(max_message, deflate, true);
}

std::unique_ptr<Wire> make_hybi07_wire(std::size_t max_message) {
  return std::make_unique<Rfc6455Wire>(max_message, std::nullopt, false);
}

std::unique_ptr<Wire> make_early_wire(std::size_t max_message, const EarlyGrammar& grammar) {
  return std::make_unique<EarlyWire>(max_message, grammar);
}

std::unique_ptr<Wire> make_hixie_wire(std::size_t max_message, bool has_close) {
  return std::make_unique<HixieWire>(max_message, has_close);
}

}  // namespace encke::websocket
