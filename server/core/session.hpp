// The logical socket: order, numbering, the outbox, heartbeats, the grace period, close. See PROTOCOL.md.
//
//            attach                    close() or receive error
//   fresh ───────────▶ open ─────────────────────────────────▶ closing ──┐ grace passed, or the carrier was
//                       │  ▲  carrier finished / attach again     │      │ a socket, or stuck; of a resumable
//                       ▼  │                                      ▼      ▼ one: the page's own close
//                     waiting ── grace passed, carrier lost ──▶  over (on_close has run; buried)
//
// A resumable session (PROTOCOL 6) waits for the resume window after a lost carrier too, offers again what
// was not acknowledged, and lets a newer carrier take the place of the one at work.
#pragma once

#include "server/core/deadline.hpp"
#include "server/core/guard.hpp"
#include "server/core/loop_context.hpp"
#include "server/core/outbox.hpp"
#include "server/core/result.hpp"
#include "server/core/resumption.hpp"
#include "server/core/traffic.hpp"
#include "server/core/transport.hpp"

#include <encke/channel.hpp>
#include <encke/close.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace encke {

class Sessions;
struct Meter;

/// Owned by its Sessions; lives on one loop. Frames are written to the carrier at the end of the loop's turn.
class Session final : private Deadline, private Channel, public Turn::Task {
 public:
  /// An answer to a send that is held back until the service has been given what was sent. Forgotten by the
  /// session before the call, and destroyed by nobody in it.
  class Waiter {
   public:
    virtual void on_delivered() = 0;

   protected:
    ~Waiter() = default;
  };

  static constexpr std::size_t kLongestId = std::numeric_limits<std::uint16_t>::max();

  /// `id` empty: not listed, the session lives and dies with its one carrier. At most kLongestId bytes.
  static std::unique_ptr<Session> make(Sessions& sessions, std::string_view id,
                                       std::unique_ptr<Resumption> resumption = {});
  ~Session() override;
  /// Of make(), whose object is larger than its type.
  static void operator delete(void* place) { ::operator delete(place); }

  std::string_view id() const { return {reinterpret_cast<const char*>(this + 1), id_size_}; }
  Channel& channel() { return *this; }
  /// What was agreed on before the service hears of the session: one of its `protocols`; empty, or any
  /// other: none.
  void agree_on(std::string_view protocol);
  /// Null unless the session is resumable.
  Resumption* resumption() { return resumption_.get(); }
  const Resumption* resumption() const { return resumption_.get(); }

  // ---- called by carriers ----

  /// Makes `carrier` the session's carrier, and writes what is queued at once. Where there is one already the
  /// new one is told so (close 2010) and finished; where the session is closing the new one gets the close
  /// frame and is finished. Not for resumable sessions.
  void attach(Carrier& carrier);
  /// The same for resumable sessions: the carrier at work, if there is one, is replaced; frames from the one
  /// with the number `joining.received` on are offered. may_join() must have said yes. The first carrier
  /// makes the service hear of the session, with `opening`.
  void join(Carrier& carrier, const Joining& joining, const Opening& opening);
  /// A message from the browser, in order. Dropped when the session is closing.
  void receive(const Message& message);
  /// Whether accept() would take messages the first of which has this number.
  Result<void> may_accept(std::uint64_t first) const;
  /// Messages from the page of a resumable session, the first of which has the number `first`. Those that
  /// came before are dropped. An error, of which nothing was taken, where some are missing before it.
  Result<void> accept(std::uint64_t first, std::span<const Message> messages);
  /// Whether join() would take a carrier that states this.
  Result<void> may_join(const Joining& joining) const;
  /// The page has every message below `number`. An older statement changes nothing; one beyond what was sent
  /// is an error.
  Result<void> acknowledge(std::uint64_t number);
  Result<void> may_acknowledge(std::uint64_t number) const;
  /// The number of the next message up that the service has not been given.
  std::uint64_t delivered() const;
  /// An acknowledgement leaves with the next frames, at the end of the turn at the latest if there is a
  /// carrier.
  void tell();
  /// The page was told of delivered() in another way than by a frame.
  void told();
  /// Whether messages would wait for the service: it has paused, or its answers pile up.
  bool holds() const;
  /// Whether something does wait for the service.
  bool waits() const { return inbox() != nullptr; }
  /// Calls `waiter` once nothing waits for the service any more, or the session is over. Something must wait
  /// now. One at a time: an earlier one is called now.
  void wait(Waiter& waiter);
  void forget(Waiter& waiter);
  /// `carrier` can take more after it said `wait`.
  void ready(Carrier& carrier);
  /// Writes what is queued now, not at the end of the turn: for a carrier that is about to write something of
  /// its own behind it. Not from inside write(). The session may let go of the carrier in it.
  void flush_for(Carrier& carrier);
  /// Gives `carrier`, if it is still at work, its heartbeat now: for one that cannot wait for frames.
  void beat_now(Carrier& carrier);
  /// The peer behind `carrier` has shown that it is there.
  void alive(Carrier& carrier);
  /// `carrier` is no more. `lost` ends a session that cannot resume at once: what a broken connection held
  /// cannot be known to have arrived. Does nothing for a carrier that is not this session's.
  void detach(Carrier& carrier, Detach why);
  /// The peer closed the session, over `carrier`, with this reason.
  void closed_by_peer(Carrier& carrier, const CloseReason& reason);
  /// The page closed its resumable session, or answered its close.
  void closed_by_page(const CloseReason& reason);

  /// Called by the turn.
  void end_of_turn();

  // ---- called for the application ----

  bool send(const Message& message);
  void close(std::uint16_t code, std::string_view text);
  void pause();
  void resume();
  /// Time has gone by since the throttle held it.
  void unthrottle();
  bool is_open() const { return state_ == State::open; }
  bool writable() const { return state_ == State::open && !wants_writable_; }
  std::vector<Message> unacknowledged() const;
  const Outbox& outbox() const { return outbox_; }
  /// What carries it now; null: nothing does.
  const Carrier* carrier() const { return carrier_; }
  /// The transport of its last carrier, by its number in Sessions::traffic().
  TrafficTable::Number transport() const { return transport_; }
  Sessions& sessions() const { return sessions_; }

 private:
  friend class Sessions;
  friend class Channel;
  enum class State : std::uint8_t { open, closing, over };
  enum class Awaits : std::uint8_t { nothing, heartbeat, answer, carrier, drain };

  TimerWheel& wheel() const override;
  void on_deadline_passed() override;
  void flush();
  bool flush_batch();
  void settle(Taken taken, std::size_t lead, std::size_t messages);
  void beat();
  void begin_with(Carrier& carrier);
  void let_go(Detach why);
  void cut_carrier();
  void end(const CloseReason& reason);
  void tell_closed(const CloseReason& reason);
  void tell_writable();
  void await(Awaits what);

  void deliver(const Message& message);
  void take_in(const Message& message);
  bool over_rate();
  void deliver_held();
  void drop_held();
  void end_after_held(const CloseReason& reason);
  void drop_received();
  void count_delivered(std::size_t cost);
  void release_waiter();

  std::size_t limit() const;
  std::size_t window() const { return limit() / 2; }
  /// Whether so much would be acknowledged: less than a quarter of the window need not be, for a long time.
  bool due(std::size_t cost) const { return cost > 0 && cost * 4 >= window(); }
  bool crosses(std::size_t size) const;
  bool make_room(std::size_t size);

  /// What few sessions have.
  struct Rare {
    std::unique_ptr<Inbox> inbox;  // while it holds something
    Waiter* waiter = nullptr;
    std::unique_ptr<Meter> meter;         // where there is a throttle
    std::unique_ptr<CloseReason> reason;  // set once closing
    ~Rare();
  };
  Rare& rare();
  Inbox* inbox() const { return rare_ ? rare_->inbox.get() : nullptr; }
  Meter* meter() const { return rare_ ? rare_->meter.get() : nullptr; }
  const CloseReason* close_reason() const { return rare_ ? rare_->reason.get() : nullptr; }

  Session(Sessions& sessions, std::string_view id, std::unique_ptr<Resumption> resumption);

  // Each byte here is one of every idle session. The id follows the object.
  State state_ : 2 = State::open;
  Awaits awaits_ : 3 = Awaits::nothing;
  bool open_written_ : 1 = false;
  bool carrier_full_ : 1 = false;
  bool wants_writable_ : 1 = false;
  bool paused_ : 1 = false;
  bool throttled_ : 1 = false;  // it has sent too much, and is held by the throttle
  bool released_ : 1 = false;   // the carrier has not been told yet that it is not paused any more
  bool told_ : 1 = false;       // on_close has been called
  TrafficTable::Number transport_ : TrafficTable::kNumberBits = TrafficTable::kNone;
  std::uint16_t id_size_;
  Sessions& sessions_;
  Carrier* carrier_ = nullptr;
  Outbox outbox_;
  std::unique_ptr<Resumption> resumption_;
  std::unique_ptr<Rare> rare_;
  Places places_;
  Session* next_ = nullptr;  // the list of all sessions of one Sessions
  Session* previous_ = nullptr;
};

}  // namespace encke
