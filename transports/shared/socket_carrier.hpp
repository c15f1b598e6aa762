// The carrier that is a socket, of WebSocket or another wire: frames down, messages up, and the closing
// handshake.
//
//             session closes: close frame sent             peer's close frame
//   attached ───────────────────────────────▶ closing ──────────────────────▶ stream closed
//      │  peer's close frame: answered                       │ no answer in time
//      │  peer's mistake: close frame with its code          ▼
//      └────────────────────────────────────▶ stream closed  stream closed
#pragma once

#include "server/core/byte_stream.hpp"
#include "server/core/result.hpp"
#include "server/core/session.hpp"
#include "server/core/sessions.hpp"
#include "server/core/transport.hpp"
#include "transports/shared/socket_wire.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace encke::sockets {

/// A socket of the facade's whose first frame has not come: it is no carrier yet (PROTOCOL 6.6.4).
struct Unjoined {
  Sessions& sessions;
  std::string_view transport;  ///< static storage
  std::string key;
  std::string origin;  ///< told by the handshake
  std::string remote_address;
  Sessions::Hold hold;
};

/// Owns the stream's events from set_owner() on. One session for life.
class SocketCarrier final : public Carrier, public ByteStream::Owner, public Turn::Task {
 public:
  /// `longest`: the most bytes that a message from the peer may have.
  SocketCarrier(ByteStream& stream, SpokenWire wire, std::size_t longest, Framing framing);
  /// A socket of the facade's.
  SocketCarrier(ByteStream& stream, SpokenWire wire, std::size_t longest, std::unique_ptr<Unjoined> unjoined);

  void attach(Session& session);
  /// Instead of attach(): closes with the error's code and text.
  void turn_away(const PeerError& error) { close_by_peer({}, {error.close_code, error.text}); }

  Taken write(std::span<const Frame> frames) override;
  void finish(Detach why) override;
  bool answers_heartbeats() const override { return framing_ == Framing::facade || wire_.has_pings(); }
  bool heard() const override;
  void limit_unsent(std::size_t bytes) override { stream_.limit_unsent(bytes); }
  void released() override { resume_soon(); }
  std::string peer_address() const override { return stream_.remote_address(); }

  void on_bytes(std::span<char> bytes) override;
  void on_drained() override;
  void on_lost() override;
  void on_deadline() override;
  /// Called by the turn.
  void end_of_turn();

 private:
  bool take(const Event& event);
  void deliver(const Event& event);
  void deliver_facade(const Event& event);
  void join(std::string_view frame);
  void refuse(const PeerError& error);
  /// `in_order`: with a close frame.
  void close_by_peer(const CloseReason& reason, const CloseReason& answer, bool in_order = false);
  void append(const Frame& frame, std::string& out);
  bool backlogged() const;
  void resume_soon();
  /// Sets the deadline of what has come in part, or clears it. `messages`, `frames`: whether any ended in
  /// what came last.
  void time_what_began(bool messages, bool frames);
  void forget_what_began();
  void end_for_delay();

  /// What a socket that rests between two messages does without, but for the facade's.
  struct Rare {
    std::unique_ptr<Wire::State> state;
    std::string held;  // read, but not looked at until the backlog is gone
    bool paused = false;
    Begun::Part timed = Begun::Part::nothing;  // what the stream's deadline is for
    std::uint32_t timed_bytes = 0;             // how much of it had come when that was set
    std::unique_ptr<Unjoined> unjoined;        // of the facade's, until it joins
    std::uint64_t next_up = 0;                 // the number of the next message, of the facade's
  };
  Rare& rare();
  bool paused() const { return rare_ && rare_->paused; }
  const Wire::State* state() const { return rare_ ? rare_->state.get() : nullptr; }
  Event next(std::span<char>& bytes);
  InputLimits limits() const;

  Framing framing_ : 2;
  bool heard_ : 1 = false;  // something has come since the last heartbeat
  bool close_sent_ = false;
  bool over_ = false;
  std::uint32_t longest_;
  ByteStream& stream_;
  const Wire& wire_;
  Session* session_ = nullptr;
  std::unique_ptr<Rare> rare_;
};

}  // namespace encke::sockets
