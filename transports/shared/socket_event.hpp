// What came over a socket that carries a session.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace encke::sockets {

/// What the decoder of a socket's wire found next in the bytes it was given.
struct Event {
  enum class Type : std::uint8_t {
    need_more,  ///< the input is used up and nothing is complete
    text,       ///< a whole message; valid UTF-8 unless `compressed`, or of a raw socket
    binary,     ///< a whole message
    ping,       ///< to be answered with a pong of the same payload
    pong,       ///< may be unasked for
    close,      ///< the peer closes; `code` is 1005 where it gave none. The last event.
    error,      ///< the peer broke a rule; close with `code` and `reason`. The last event.
  };

  Type type = Type::need_more;
  /// The payload of a text or binary message is a permessage-deflate message, still to be inflated.
  bool compressed = false;
  /// Of close and error.
  std::uint16_t code = 0;
  /// Of text, binary, ping and pong. Valid until the decoder's next call, and while the input's bytes are.
  std::string_view payload;
  /// Of close: what the peer said (valid as long as `payload`). Of error: what was wrong and what was
  /// expected; at most 123 bytes, so that it fits a close frame.
  std::string_view reason;
};

/// What is there in part of what the peer sends.
struct Begun {
  enum class Part : std::uint8_t {
    nothing,  ///< it is between two messages
    frame,    ///< a frame's header, or a control frame, while no message is open
    message,  ///< a message, whatever has come of it
  };

  Part part = Part::nothing;
  std::size_t bytes = 0;  ///< of that message
};

/// The peer broke a rule. `reason` as Event::reason has it. 1009 counts as a message that is too long, and
/// 1008 as one of too many fragments without payload (Refusal).
inline Event error_event(std::uint16_t code, std::string_view reason) {
  Event event;
  event.type = Event::Type::error;
  event.code = code;
  event.reason = reason;
  return event;
}

}  // namespace encke::sockets
