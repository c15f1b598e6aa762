// A timer that is moved far more often than it fires: setting it later, and clearing it, touch nothing but
// itself.
//
// A timing wheel links its timers, so moving one touches its neighbours, which are other connections' memory.
// Here the wheel's timer stays where it is while the moment moves away from it, and looks again when its own
// time has come.
#pragma once

#include "server/core/timer_wheel.hpp"

#include <cstdint>
#include <limits>

namespace encke {

/// A deadline on one wheel, given by wheel(). Destroying it clears it. As exact as the wheel: to a tick.
class Deadline : public TimerWheel::Timer {
 public:
  /// Moves the deadline to `delay` from the wheel's now.
  void set_deadline_in(Millis delay) {
    due_tick_ = static_cast<std::uint32_t>(TimerWheel::tick_from(wheel().now() + delay));
    if (!Timer::is_set() || deadline() < Timer::due()) wheel().set(*this, delay);
  }
  void forget_deadline() { due_tick_ = kNever; }
  bool has_deadline() const { return due_tick_ != kNever; }

 private:
  static constexpr std::uint32_t kNever = std::numeric_limits<std::uint32_t>::max();

  virtual TimerWheel& wheel() const = 0;
  /// There is no deadline any more when this is called; it may set one, or destroy this.
  virtual void on_deadline_passed() = 0;

  Millis deadline() const { return TimerWheel::kTick * due_tick_; }

  void on_timer() final {
    if (due_tick_ == kNever) return;
    if (const Millis left = deadline() - wheel().now(); left > Millis{0}) {
      wheel().set(*this, left);
      return;
    }
    due_tick_ = kNever;
    on_deadline_passed();
  }

  std::uint32_t due_tick_ = kNever;
};

}  // namespace encke
