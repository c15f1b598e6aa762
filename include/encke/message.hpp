// A message: immutable bytes, reference-counted, encoded at most once for each encoder that many receivers
// share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace encke {

class Message;

/// Writes a message as some carrier puts it on the wire. Stateless, outlives every message; compared by
/// address.
class MessageEncoder {
 public:
  /// Appends the encoded form to `out`.
  virtual void encode(const Message& message, std::string& out) const = 0;

 protected:
  ~MessageEncoder() = default;
};

/// An immutable message. Copying it is one increment, so sending one message to many channels shares the
/// bytes. A message belongs to the loop (thread) that made it: to reach another loop, copy data() there.
class Message {
 public:
  enum class Kind : std::uint8_t { text, binary };

  /// Copies `utf8`, which must be valid UTF-8: that is not checked here, and a browser on a raw WebSocket
  /// closes on anything else (SockJS framing replaces ill-formed parts).
  /// `id`, of which 255 bytes count, is what readers of an event stream are told as the event's id: no line
  /// breaks and no NUL in it.
  static Message text(std::string_view utf8, std::string_view id = {}) {
    return Message(Kind::text, utf8, id);
  }
  /// Copies `bytes`. Carriers that can only carry text decode it as UTF-8, ill-formed parts as U+FFFD.
  static Message binary(std::string_view bytes) { return Message(Kind::binary, bytes); }

  Message(Kind kind, std::string_view bytes, std::string_view id = {});
  Message(const Message& other) noexcept : body_(other.body_) { ++body_->references; }
  Message(Message&& other) noexcept : body_(std::exchange(other.body_, nullptr)) {}
  Message& operator=(Message other) noexcept {
    std::swap(body_, other.body_);
    return *this;
  }
  ~Message() {
    if (body_ != nullptr && --body_->references == 0) destroy(body_);
  }

  /// The bytes; valid as long as any copy of this message lives.
  std::string_view data() const { return {bytes(body_), body_->size}; }
  std::size_t size() const { return body_->size; }
  bool is_binary() const { return body_->kind == Kind::binary; }
  /// Valid as long as data(); mostly empty.
  std::string_view id() const { return {bytes(body_) + body_->size, body_->id_size}; }

  /// Appends what `encoder` makes of this message. The result is kept for the next receiver only while others
  /// hold this message too, so that a broadcast encodes once and an echo keeps nothing.
  void append_encoded(const MessageEncoder& encoder, std::string& out) const;

 private:
  struct Encoded;
  struct Body {
    std::uint32_t references;
    Kind kind;
    std::uint8_t id_size;  // the id stands behind the bytes
    std::size_t size;
    Encoded* encoded;
  };
  static const char* bytes(const Body* body) { return reinterpret_cast<const char*>(body + 1); }
  static void destroy(Body* body);

  Body* body_;
};

}  // namespace encke
