// The logical socket: order, numbering, the outbox, heartbeats, the grace period, close. See PROTOCOL.md.
//
//            attach                    close() or receive error
//   fresh ───────────▶ open ─────────────────────────────────▶ closing ──┐ grace passed, or the
//                       │  ▲  carrier finished / attach again     │      │ carrier was a socket, or stuck
//                       ▼  │                                      ▼      ▼
//                     waiting ── grace passed, carrier lost ──▶  over (on_close has run; buried)
#pragma once

#include "server/core/deadline.hpp"
#include "server/core/loop_context.hpp"
#include "server/core/outbox.hpp"
#include "server/core/transport.hpp"

#include <encke/channel.hpp>
#include <encke/close.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace encke {

class Sessions;

/// Owned by its Sessions; lives on one loop. Frames are written to the carrier at the end of the loop's turn.
class Session final : public Disposable, private Deadline, private Turn::Task {
 public:
  /// `id` empty: not listed, the session lives and dies with its one carrier.
  Session(Sessions& sessions, std::string id);
  ~Session() override;

  std::string_view id() const { return id_; }
  Channel& channel() { return channel_; }

  // ---- called by carriers ----

  /// Makes `carrier` the session's carrier, and writes what is queued at once. Where there is one already the
  /// new one is told so (close 2010) and finished; where the session is closing the new one gets the close
  /// frame and is finished.
  void attach(Carrier& carrier);
  /// A message from the browser, in order. Dropped when the session is closing.
  void receive(const Message& message);
  /// `carrier` can take more after it said `wait`.
  void ready(Carrier& carrier);
  /// Writes what is queued now, not at the end of the turn: for a carrier that is about to write something of
  /// its own behind it. Not from inside write(). The session may let go of the carrier in it.
  void flush_for(Carrier& carrier);
  /// The peer behind `carrier` has shown that it is there.
  void alive(Carrier& carrier);
  /// `carrier` is no more. `lost` ends the session at once: what a broken connection held cannot be known to
  /// have arrived. Does nothing for a carrier that is not this session's.
  void detach(Carrier& carrier, Detach why);
  /// The peer closed the session, over `carrier`, with this reason.
  void closed_by_peer(Carrier& carrier, const CloseReason& reason);

  // ---- called for the application ----

  bool send(const Message& message);
  void close(std::uint16_t code, std::string_view text);
  bool is_open() const { return state_ == State::open; }
  const Outbox& outbox() const { return outbox_; }
  Sessions& sessions() { return sessions_; }

 private:
  friend class Sessions;
  enum class State : std::uint8_t { open, closing, over };
  enum class Awaits : std::uint8_t { nothing, heartbeat, answer, carrier, drain };

  TimerWheel& wheel() const override;
  void on_deadline_passed() override;
  void end_of_turn() override;
  void flush();
  bool flush_batch();
  void settle(Taken taken, bool close_offered);
  void beat();
  void let_go(Detach why);
  void end(const CloseReason& reason);
  void tell_closed(const CloseReason& reason);
  void await(Awaits what);

  Sessions& sessions_;
  Carrier* carrier_ = nullptr;
  Outbox outbox_;
  std::unique_ptr<CloseReason> reason_;  // set once closing
  std::string id_;
  Session* next_ = nullptr;  // the list of all sessions of one Sessions
  Session* previous_ = nullptr;
  State state_ = State::open;
  Awaits awaits_ = Awaits::nothing;
  bool open_written_ = false;
  bool carrier_full_ = false;
  bool wants_writable_ = false;
  bool told_ = false;  // on_close has been called
  Channel channel_;
};

}  // namespace encke
