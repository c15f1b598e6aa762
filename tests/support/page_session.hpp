// The page's side of the facade's protocol (PROTOCOL 6), without any input or output: the twin of
// client-js/session.js for tests in C++.
//
// Who drives it brings the bytes: it starts carriers, reads frames into them, and carries bodies or a
// socket's frames up. It judges the server too: what no server may say is a violation, told by violation().
//
// The up way is either requests or one socket. A socket is it from start(Kind::socket) until ended(); what
// requests still have out then is settled as ever, and what did not arrive goes again over the socket.
#pragma once

#include "tests/support/page_frames.hpp"

#include <encke/close.hpp>
#include <encke/message.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace encke::test {

class PageSession {
 public:
  struct Limits {
    std::size_t window = 524'288;  ///< as the opening told
    unsigned conflicts = 6;        ///< closes with 2011 at so many 409 with no success between them
  };
  enum class State : std::uint8_t {
    open,
    closing,  ///< close() was called; what was sent goes first, and messages still come
    closed,   ///< reason() says why; settled() whether the server knows
  };
  enum class Kind : std::uint8_t { poll, stream, socket };
  /// What a frame or an answer did to the session.
  enum class Read : std::uint8_t {
    fine,
    again,      ///< refused with 409: start a higher carrier, or send again
    closed,     ///< the session is closed
    violation,  ///< the server broke the protocol; the session is closed with 1002
  };
  /// N and A of a carrier's query; for a socket also its first frame, `r[N,A,S]`.
  struct Start {
    std::uint64_t number = 0;
    std::uint64_t arrived = 0;
    std::string hello{};
  };
  /// S and A of a sending request's query, and its body.
  struct Body {
    std::uint64_t first = 0;
    std::uint64_t arrived = 0;
    std::string text{};
    bool closes = false;
  };
  /// One message of a WebSocket.
  struct SocketFrame {
    bool binary = false;
    std::string bytes;
  };
  using OnMessage = std::function<void(std::uint64_t number, const Message& message)>;

  PageSession(Limits limits, OnMessage on_message);

  // ---- for the application ----

  /// False, and nothing sent, unless the session is open.
  bool send(Message message);
  /// Closes behind what was sent.
  void close(CloseReason reason);
  State state() const { return state_; }
  const CloseReason& reason() const { return reason_; }
  /// Nothing is left to do: the session is closed, and the server has been told, or told us.
  bool settled() const { return state_ == State::closed && !owes_close_; }

  // ---- down ----

  /// A new carrier, of the next number.
  Start start(Kind kind);
  /// A frame on the carrier `number`, which was started and has not ended.
  Read frame(std::uint64_t number, std::string_view text);
  /// A binary message of the WebSocket that is the carrier `number`.
  Read binary(std::uint64_t number, std::string_view bytes);
  /// The carrier was refused with this HTTP status; it has ended.
  Read refused(std::uint64_t number, unsigned status);
  /// The carrier has ended, `in_order` or lost. What went up over a socket and was not acknowledged goes
  /// again; our answer to the server's close too, unless the last carrier was a socket that ended in order
  /// behind it.
  void ended(std::uint64_t number, bool in_order = true);

  // ---- up ----

  /// The next messages as a request's body of at most `limit` bytes, or one message; behind the last of them
  /// the close frame, if there is one to send. Nothing when there is nothing to send, or the window is full.
  /// Not while a socket is the up way. Bodies may overlap, as long as they leave in this order.
  std::optional<Body> next_body(std::size_t limit);
  /// A body that asks what arrived, and says it.
  Body ask_body();
  /// The answer to `body`.
  Read answered(const Body& body, unsigned status, std::string_view text);
  /// There will be no answer to `body`: all that is not acknowledged goes again, in bodies to come.
  void lost(const Body& body);

  /// The same for the socket that is the up way: its next frames, each of at most `limit` bytes or one
  /// message, `k` before them where something arrived since it was last said. With `native_binary` binary
  /// messages go as such, else as `b`.
  std::vector<SocketFrame> next_frames(std::size_t limit, bool native_binary = true);
  /// `k`, said on demand: in answer to a heartbeat, or after a second of rest.
  std::string acknowledge();
  /// A quarter of the window has arrived since it was last said what did, or what said it is lost.
  bool acknowledgement_due() const { return say_again_ || unsaid_cost_ >= limits_.window / 4; }
  /// There is something to send, but what is on its way must be acknowledged first; `q` makes sure that it
  /// is.
  bool blocked() const;

  // ---- what is so ----

  std::uint64_t arrived() const { return arrived_; }
  std::uint64_t acknowledged() const { return acknowledged_; }  ///< up: all below it was delivered
  std::uint64_t sent() const { return end_; }                   ///< up: the number of the next message
  std::size_t unacknowledged() const { return static_cast<std::size_t>(end_ - acknowledged_); }
  std::uint64_t duplicates() const { return duplicates_; }  ///< down: came again, and were dropped
  /// The first thing that no server may do; empty: there was none.
  const std::string& violation() const { return violation_; }

 private:
  struct Down {
    Kind kind;
    std::uint64_t next;  // the number of its next message
    std::uint64_t said = 0;
    bool begun = false;
    bool finished = false;  // had its last frame
  };

  Read violated(std::string what);
  Read take(Down& down, const Message& message);
  Read take_close(const CloseReason& reason);
  Read take_status(unsigned status);
  Read state_read() const;
  bool take_acknowledgement(std::uint64_t number);
  void forget_arrived();
  bool may_send() const;
  const Message& held(std::uint64_t number) const { return held_[number - first_]; }
  void note_sent();
  void rewind();
  void say_arrived();
  bool close_is_next() const;
  void over(CloseReason reason);

  const Limits limits_;
  const OnMessage on_message_;
  State state_ = State::open;
  CloseReason reason_;
  std::string violation_;
  unsigned conflicts_ = 0;
  bool owes_close_ = false;   // our `c` is to be sent, or on its way
  bool close_sent_ = false;   // it is on its way
  bool close_tried_ = false;  // it has been on its way
  bool server_closed_ = false;

  std::uint64_t carriers_ = 0;  // the number of the last
  std::map<std::uint64_t, Down> down_;
  std::uint64_t arrived_ = 0;
  std::size_t unsaid_cost_ = 0;  // of what arrived since it was last said
  std::size_t unsaid_ = 0;
  bool say_again_ = false;
  std::deque<std::size_t> seen_;  // hashes of what may come again, the last of them of arrived_ - 1
  std::uint64_t duplicates_ = 0;

  std::uint64_t socket_ = 0;  // the carrier that is the up way; 0: requests are
  std::deque<Message> held_;  // from number first_ to end_
  std::uint64_t first_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t next_ = 0;      // goes next over the up way
  std::uint64_t furthest_ = 0;  // one behind the last that ever went
  std::uint64_t end_ = 0;
  std::size_t out_cost_ = 0;  // of what went over the up way and is not acknowledged
};

}  // namespace encke::test
