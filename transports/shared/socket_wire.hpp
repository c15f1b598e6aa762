// The wire of a socket that carries a session: its decoder, and how it writes what the session says.
#pragma once

#include "transports/shared/socket_event.hpp"

#include <encke/close.hpp>
#include <encke/message.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
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

/// What one message from the peer may be.
struct InputLimits {
  std::size_t max_message;          ///< bytes; 1009 beyond
  std::size_t max_empty_fragments;  ///< where there are fragments; 1008 beyond; 0: any number
};

/// Shared by all connections that speak alike; what is one connection's own is in its State. Encoders append
/// to `out`.
class Wire {
 public:
  /// What the wire remembers of one connection. Most need none between two messages.
  class State {
   public:
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    virtual ~State() = default;
  };

  virtual ~Wire() = default;

  /// The next event; what it used is taken off the front of `input`, which it may change. `state` is the
  /// connection's, which this sets and lets go of; an event may show what it holds, until the next call.
  /// A message obeys the `limits` of the call that it began with.
  virtual Event next(std::unique_ptr<State>& state, std::span<char>& input,
                     const InputLimits& limits) const = 0;
  /// What has begun to come, when next() has said need_more; `state` as there.
  virtual Begun begun(const State* state) const = 0;
  /// Writes single messages in `framing`; static, shared by every connection that writes alike.
  virtual const MessageEncoder& encoder(Framing framing, const Message& message) const = 0;
  /// One text message.
  virtual void append_text(std::string_view text, std::string& out) const = 0;
  /// A closing frame; a code that may not stand on the wire becomes 1000.
  virtual void append_close(const State* state, const CloseReason& reason, std::string& out) const = 0;
  /// Whether there is a closing frame, which the peer answers.
  virtual bool has_close() const = 0;
  /// Whether there are pings, and a pong to each.
  virtual bool has_pings() const = 0;
  virtual void append_ping(std::string& out) const = 0;
  virtual void append_pong(std::string_view payload, std::string& out) const = 0;
};

/// A wire that one connection speaks.
struct SpokenWire {
  const Wire& wire;  ///< static storage
  std::unique_ptr<Wire::State> state{};
};

}  // namespace encke::sockets
