// A coarse timing wheel: every heartbeat, grace period and deadline of a loop, at O(1) to set and to clear.
//
// Slots of kTick; a timer sits in the slot of its due tick and waits there for the rounds it still needs.
// Timers never fire early, and at most one tick late (plus what the loop is late itself).
#pragma once

#include "server/core/turn.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace encke {

/// Time since any fixed moment; monotonic.
using Millis = std::chrono::milliseconds;

/// One per loop. Not thread-safe. Time comes in through advance(), so tests bring their own.
class TimerWheel {
 public:
  static constexpr Millis kTick{50};

  /// The first tick that does not lie before `time`.
  static constexpr std::int64_t tick_from(Millis time) {
    return (time.count() + kTick.count() - 1) / kTick.count();
  }

  /// An intrusive timer: set on one wheel at most. Destroying it clears it. Sessions have one each, so it is
  /// kept small: what may be buried shares its table of virtual functions, and ticks have 32 bits (six
  /// years).
  class Timer : public Disposable {
   public:
    ~Timer() override { clear(); }

    bool is_set() const { return next_ != nullptr; }
    /// When it fires at the latest but for the loop's own delay; meaningful while it is set.
    Millis due() const { return kTick * due_tick_; }
    void clear();

   private:
    friend class TimerWheel;
    /// The timer is clear when this is called, and may be set again or destroyed by it.
    virtual void on_timer() = 0;
    Timer* next_ = nullptr;
    Timer* previous_ = nullptr;
    std::uint32_t due_tick_ = 0;
  };

  explicit TimerWheel(Millis now = Millis{0});
  ~TimerWheel();
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  /// The time of the last wake() or advance().
  Millis now() const { return now_; }

  /// Sets `timer` to fire `delay` from now(); a timer that is set already is moved.
  void set(Timer& timer, Millis delay);

  /// Moves the clock on and fires nothing yet: for a loop that has slept, before it does what woke it. What
  /// is set from then on counts from `now`, not from when the loop fell asleep.
  void wake(Millis now) { now_ = std::max(now_, now); }

  /// Moves the clock on and fires all that is due, in the order of their ticks (after a pause longer than a
  /// round, in any order). A time that lies before now() is taken for now(). Not re-entrant.
  void advance(Millis now);

  /// How long a loop may sleep before it calls advance(): zero or more, never longer than until the next
  /// timer, at times much shorter. Nothing: there is no timer; that may take a round to be seen.
  std::optional<Millis> until_next() const;

 private:
  static constexpr std::size_t kSlots = 1024;  // 51.2 s a round: a heartbeat never waits for a second one

  struct Slot final : Timer {
    void on_timer() override {}
  };
  void fire_slot(std::int64_t tick);
  bool slot_is_empty(std::int64_t tick) const;

  Millis now_;
  std::int64_t tick_;
  mutable std::int64_t earliest_;  // no timer is due before this tick; found anew when it has gone by
  std::array<Slot, kSlots> slots_;
};

}  // namespace encke
