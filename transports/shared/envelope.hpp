// How a transport wraps SockJS frames in a response body: the first of the knobs that make a transport.
#pragma once

#include "server/core/transport.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace encke::sockjs {

/// Stateless; one static object a transport. An envelope encodes single messages for broadcasts too.
class Envelope {
 public:
  /// Appends a frame as it stands in the body. `callback` is empty where the transport has none.
  virtual void append(std::string_view frame, std::string_view callback, std::string& out) const = 0;
  /// Appends so many bytes, at least three, that mean nothing to who reads the body; none where it has no
  /// room for such.
  virtual void append_padding(std::size_t, std::string&) const {}

 protected:
  ~Envelope() = default;
};

/// One message as a frame of its own, in an envelope that needs no callback, and, if so built, as one chunk.
class EnvelopedMessage final : public MessageEncoder {
 public:
  enum class Form : std::uint8_t {
    text,   ///< an `a` frame, a binary message read as text
    bytes,  ///< a binary message as the facade's `b` frame
  };
  EnvelopedMessage(const Envelope& envelope, Form form, bool chunked)
      : envelope_(envelope), form_(form), chunked_(chunked) {}
  void encode(const Message& message, std::string& out) const override;

 private:
  const Envelope& envelope_;
  Form form_;
  bool chunked_;
};

/// The encoders of one envelope, in static storage.
class EnvelopedMessages {
 public:
  explicit EnvelopedMessages(const Envelope& envelope)
      : text_(envelope, EnvelopedMessage::Form::text, false),
        chunked_text_(envelope, EnvelopedMessage::Form::text, true),
        bytes_(envelope, EnvelopedMessage::Form::bytes, false),
        chunked_bytes_(envelope, EnvelopedMessage::Form::bytes, true) {}
  const EnvelopedMessage& of(EnvelopedMessage::Form form, bool chunked) const {
    if (form == EnvelopedMessage::Form::text) return chunked ? chunked_text_ : text_;
    return chunked ? chunked_bytes_ : bytes_;
  }

 private:
  EnvelopedMessage text_;
  EnvelopedMessage chunked_text_;
  EnvelopedMessage bytes_;
  EnvelopedMessage chunked_bytes_;
};

}  // namespace encke::sockjs
