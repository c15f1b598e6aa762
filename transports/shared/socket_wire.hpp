// The wire of a socket that carries a session: its decoder, and how it writes what the session says.
#pragma once

#include "transports/shared/socket_event.hpp"

#include <encke/close.hpp>
#include <encke/message.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace encke::sockets {

/// What the text messages of a connection hold.
enum class Framing : std::uint8_t {
  raw,     ///< the session's messages, as they are
  sockjs,  ///< SockJS frames
  facade,  ///< the facade's frames; binary messages are messages of the connection's own where it has those
};

/// Owned by a carrier. Encoders append to `out`.
class Wire {
 public:
  virtual ~Wire() = default;

  /// The next event; what it used is taken off the front of `input`, which it may change.
  virtual Event next(std::span<char>& input) = 0;
  /// Writes single messages in `framing`; static, shared by every connection that writes alike.
  virtual const MessageEncoder& encoder(Framing framing, const Message& message) const = 0;
  /// One text message.
  virtual void append_text(std::string_view text, std::string& out) const = 0;
  /// A closing frame; a code that may not stand on the wire becomes 1000.
  virtual void append_close(const CloseReason& reason, std::string& out) const = 0;
  /// Whether there is a closing frame, which the peer answers.
  virtual bool has_close() const = 0;
  /// Whether there are pings, and a pong to each.
  virtual bool has_pings() const = 0;
  virtual void append_ping(std::string& out) const = 0;
  virtual void append_pong(std::string_view payload, std::string& out) const = 0;
};

}  // namespace encke::sockets
