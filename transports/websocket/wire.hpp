// One dialect of WebSocket on one connection: its decoder, and how it writes what a session says.
#pragma once

#include "transports/websocket/deflate.hpp"
#include "transports/websocket/early_hybi.hpp"
#include "transports/websocket/event.hpp"

#include <encke/close.hpp>
#include <encke/message.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace encke::websocket {

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

  /// As Decoder::next, but data messages come inflated.
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

/// RFC 6455. `deflate`: what was negotiated.
std::unique_ptr<Wire> make_rfc6455_wire(std::size_t max_message,
                                        const std::optional<DeflateParameters>& deflate);
/// hybi-07 to -12: frames as in RFC 6455, but the browsers of the time (Chrome 14, Firefox 6 to 10) give a
/// page no bytes, so that the facade's binary messages go as text.
std::unique_ptr<Wire> make_hybi07_wire(std::size_t max_message);
/// hybi-01 to -06.
std::unique_ptr<Wire> make_early_wire(std::size_t max_message, const EarlyGrammar& grammar);
/// hixie-76, and hixie-75, which has no closing frame.
std::unique_ptr<Wire> make_hixie_wire(std::size_t max_message, bool has_close);

}  // namespace encke::websocket
