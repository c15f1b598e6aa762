// The dialects of WebSocket as wires.
#include "transports/websocket/wire.hpp"

#include "transports/shared/facade_frames.hpp"
#include "transports/shared/sockjs_frames.hpp"
#include "transports/websocket/hixie76.hpp"
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
  Rfc6455Wire(std::size_t max_message, const std::optional<DeflateParameters>& deflate)
      : max_message_(max_message),
        decoder_({.max_message = max_message}, deflate.has_value()),
        window_bits_(deflate ? static_cast<std::uint8_t>(deflate->server_window_bits) : std::uint8_t{0}) {}

  Event next(std::span<char>& input) override {
    inflated_.reset();
    Event event = decoder_.next(input);
    if (event.compressed) inflate(event);
    return event;
  }
  const MessageEncoder& encoder(Framing framing, const Message& message) const override {
    // Of the facade's messages the texts look as SockJS's do, and the others as they are.
    if (framing == Framing::facade) framing = message.is_binary() ? Framing::raw : Framing::sockjs;
    return rfc6455_encoder(framing, window_bits_);
  }
  void append_text(std::string_view text, std::string& out) const override {
    encode_frame(Opcode::text, text, out);
  }
  void append_close(const CloseReason& reason, std::string& out) const override {
    const bool sendable = valid_close_code(reason.code) || reason.code == close_code::kNoStatus;
    encode_close(sendable ? reason.code : close_code::kNormal, reason.text, out);
  }
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
      event = {.type = Event::Type::error,
               .compressed = false,
               .code = result.code,
               .payload = {},
               .reason = result.text};
    } else if (event.type == Event::Type::text && !valid_utf8(*inflated_)) {
      event = {.type = Event::Type::error,
               .compressed = false,
               .code = close_code::kInvalidData,
               .payload = {},
               .reason = "a text message must be UTF-8"};
    } else {
      event.payload = *inflated_;
    }
  }

  std::size_t max_message_;
  Decoder decoder_;
  std::unique_ptr<std::string> inflated_;  // the message that the last event showed
  std::uint8_t window_bits_;
};

class Hixie76Encoder final : public MessageEncoder {
 public:
  explicit Hixie76Encoder(Framing framing) : framing_(framing) {}
  void encode(const Message& message, std::string& out) const override {
    std::string buffer;
    hixie76_encode_text(framed_text(message, framing_, buffer), out);
  }

 private:
  Framing framing_;
};

class Hixie76Wire final : public Wire {
 public:
  explicit Hixie76Wire(std::size_t max_message) : decoder_(max_message) {}

  Event next(std::span<char>& input) override { return decoder_.next(input); }
  const MessageEncoder& encoder(Framing framing, const Message& message) const override {
    static const Hixie76Encoder kRaw(Framing::raw);
    static const Hixie76Encoder kSockjs(Framing::sockjs);
    static const Hixie76Encoder kBinary(Framing::facade);
    if (framing == Framing::facade && message.is_binary()) return kBinary;
    return framing == Framing::raw ? kRaw : kSockjs;
  }
  void append_text(std::string_view text, std::string& out) const override { hixie76_encode_text(text, out); }
  void append_close(const CloseReason&, std::string& out) const override { hixie76_encode_close(out); }
  bool has_pings() const override { return false; }
  void append_ping(std::string&) const override {}
  void append_pong(std::string_view, std::string&) const override {}

 private:
  Hixie76Decoder decoder_;
};

}  // namespace

std::unique_ptr<Wire> make_rfc6455_wire(std::size_t max_message,
                                        const std::optional<DeflateParameters>& deflate) {
  return std::make_unique<Rfc6455Wire>(max_message, deflate);
}

std::unique_ptr<Wire> make_hixie76_wire(std::size_t max_message) {
  return std::make_unique<Hixie76Wire>(max_message);
}

}  // namespace encke::websocket
