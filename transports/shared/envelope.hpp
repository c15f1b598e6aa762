// How a transport wraps SockJS frames in a response body: the first of the knobs that make a transport.
#pragma once

#include "server/core/transport.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace encke::sockjs {

/// Stateless; one static object a transport. An envelope encodes single messages for broadcasts too.
class Envelope {
 public:
  /// Appends a frame as it stands in the body. `callback` is empty where the transport has none.
  virtual void append(std::string_view frame, std::string_view callback, std::string& out) const = 0;

 protected:
  ~Envelope() = default;
};

/// One message as an `a` frame of its own, in an envelope that needs no callback, and, if so built, as one
/// chunk.
class EnvelopedMessage final : public MessageEncoder {
 public:
  EnvelopedMessage(const Envelope& envelope, bool chunked) : envelope_(envelope), chunked_(chunked) {}
  void encode(const Message& message, std::string& out) const override;

 private:
  const Envelope& envelope_;
  bool chunked_;
};

}  // namespace encke::sockjs
