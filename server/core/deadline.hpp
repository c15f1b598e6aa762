// A timer that is moved far more often than it fires: setting it later, and clearing it, touch nothing but
// itself.
//
// A timing wheel links its timers, so moving one touches its neighbours, which are other connections' memory.
// Here the wheel's timer stays where it is while the moment moves away from it, and looks again when its own
// time has come.
#pragma once

#include "server/core/timer_wheel.hpp"

namespace encke {

/// A deadline on one wheel, given by wheel(). Destroying it clears it.
class Deadline : private TimerWheel::Timer {
 public:
  /// Moves the deadline to `delay` from the wheel's now.
  void set_deadline_in(Millis delay) {
    due_ = wheel().now() + delay;
    if (!Timer::is_set() || due_ < Timer::due()) wheel().set(*this, delay);
  }
  void forget_deadline() { due_ = kNever; }
  bool has_deadline() const { return due_ != kNever; }

 protected:
  ~Deadline() = default;

 private:
  static constexpr Millis kNever = Millis::max();

  virtual TimerWheel& wheel() const = 0;
  /// There is no deadline any more when this is called; it may set one, or destroy this.
  virtual void on_deadline_passed() = 0;

  void on_timer() final {
    if (due_ == kNever) return;
    if (const Millis left = due_ - wheel().now(); left > Millis{0}) {
      wheel().set(*this, left);
      return;
    }
    due_ = kNever;
    on_deadline_passed();
  }

  Millis due_ = kNever;
};

}  // namespace encke
