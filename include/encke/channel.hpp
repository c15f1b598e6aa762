// A channel: the application's end of one browser's socket.
#pragma once

#include <encke/close.hpp>
#include <encke/message.hpp>
#include <encke/target_rule.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace encke {

class Session;

/// What is known of the request that opened a channel. The views are valid only until the service function
/// returns.
struct Opening {
  std::string_view service{};                        ///< the service's path, "/echo"
  std::string_view transport{};                      ///< the transport's name, "xhr_stream"
  std::string_view protocol{};                       ///< as Channel::protocol()
  std::string_view origin{};                         ///< the Origin header; empty: none
  std::string_view remote_address{};                 ///< the peer's address, numeric, without the port
  std::string_view identity{};                       ///< Grant::identity, where an authorizer let it in
  const std::vector<TargetRule>* targets = nullptr;  ///< Grant::targets; null: none
  unsigned worker = 0;                               ///< the loop that this channel lives on, from 0
};

/// One browser's socket as the application sees it. The server owns it: it is valid from the call of the
/// service function until on_close's handler has returned. It belongs to one loop; all calls to and from it
/// happen there. Handlers may call any method of any channel of their loop, close() of their own included,
/// and may replace themselves; what they hold is let go when the channel has closed.
class Channel {
 public:
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Called for every message, in order. An exception that leaves the handler closes this channel with 1011.
  void on_message(std::function<void(const Message&)> handler) {
    message_handler_ = std::move(handler);
    message_handler_set_ = true;
  }
  /// Called exactly once, whoever closed, and never from inside a call of the application's; after it the
  /// channel is gone. Where the browser acknowledges (the facade's sessions) it comes only when it is known
  /// what arrived: after close(), once the page has answered, or the resume window has passed.
  void on_close(std::function<void(const CloseReason&)> handler) { others().close = std::move(handler); }
  /// Called once writable() is true again, after a send() that found half of outbox_bytes in use, or that was
  /// refused for want of room: when all of it has left, or, where the browser acknowledges, all but a
  /// quarter.
  void on_writable(std::function<void()> handler) {
    others().writable = std::move(handler);
    writable_handler_set_ = true;
  }

  /// Queues a message; it leaves at the end of the loop's turn at the latest. False, and nothing queued, when
  /// the channel is closing. When outbox_bytes are full, the service's slow_reader decides: `close` refuses
  /// the message and closes the channel with 1008; `block` refuses it; `drop_oldest` takes it and drops
  /// others.
  bool send(const Message& message);
  bool send(std::string_view text) { return send(Message::text(text)); }

  /// Closes after what is queued. 1000 and 3000 to 4999 are an application's codes. A second call does
  /// nothing.
  void close(std::uint16_t code = close_code::kNormal, std::string_view reason = "Normal closure");

  /// Stops on_message() until resume(): what the browser sends is held, at most outbox_bytes and one message
  /// more, and then the browser is: its sends are not answered, its socket is not read.
  void pause();
  void resume();

  bool is_open() const;
  /// The sub-protocol that was agreed on with the browser: one of the service's `protocols`; empty where it
  /// asked for none, or for none of those. Valid as long as this channel, and the same all that time,
  /// whatever carries it.
  std::string_view protocol() const;
  /// False from a send() that found half of outbox_bytes in use until on_writable() is called.
  bool writable() const;
  /// Bytes of the messages that no carrier has taken yet.
  std::size_t buffered() const;
  /// What was sent and is not known to have arrived, oldest first: meant for on_close's handler. Where
  /// browsers do not acknowledge it is what no carrier took.
  std::vector<Message> unacknowledged() const;
  /// What opened this channel; only inside the service function.
  const Opening& opening() const;

 private:
  friend class Session;
  /// Handlers that not every channel has.
  struct Others {
    std::function<void(const CloseReason&)> close;
    std::function<void()> writable;
  };

  Channel() = default;
  ~Channel() = default;
  Session& session();
  const Session& session() const;
  Others& others() {
    if (!others_) others_ = std::make_unique<Others>();
    return *others_;
  }

  std::function<void(const Message&)> message_handler_;
  std::unique_ptr<Others> others_;
  std::uint16_t protocol_ = 0;            // which of the service's, counted from 1; 0: none
  bool message_handler_set_ : 1 = false;  // since the running one was called
  bool writable_handler_set_ : 1 = false;
};

/// What runs when a channel opens: sets its handlers, may send or close at once. Called on the channel's
/// loop, so on several threads at a time when there are several workers.
using Service = std::function<void(Channel&)>;

}  // namespace encke
