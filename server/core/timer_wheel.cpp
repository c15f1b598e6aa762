// A coarse timing wheel.
#include "server/core/timer_wheel.hpp"

#include <algorithm>
#include <limits>

namespace encke {

namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

}  // namespace

void TimerWheel::Timer::clear() {
  if (next_ == nullptr) return;
  next_->previous_ = previous_;
  previous_->next_ = next_;
  next_ = previous_ = nullptr;
}

TimerWheel::TimerWheel(Millis now) : now_(now), tick_(now / kTick), earliest_(kNever) {
  for (Slot& slot : slots_) slot.next_ = slot.previous_ = &slot;
}

TimerWheel::~TimerWheel() {
  for (Slot& slot : slots_) {
    while (slot.next_ != &slot) slot.next_->clear();
  }
}

void TimerWheel::set(Timer& timer, Millis delay) {
  timer.clear();
  const Millis due = now_ + std::max(delay, Millis{0});
  const std::int64_t tick = std::max(tick_from(due), tick_ + 1);
  timer.due_tick_ = static_cast<std::uint32_t>(tick);
  earliest_ = std::min(earliest_, tick);
  Slot& slot = slots_[static_cast<std::size_t>(tick) % kSlots];
  timer.previous_ = slot.previous_;
  timer.next_ = &slot;
  timer.previous_->next_ = &timer;
  slot.previous_ = &timer;
}

void TimerWheel::fire_slot(std::int64_t tick) {
  Slot& slot = slots_[static_cast<std::size_t>(tick) % kSlots];
  if (slot.next_ == &slot) return;
  // What is due moves to a list of its own first: a timer that fires may set or clear any other.
  Slot due;
  due.next_ = due.previous_ = &due;
  for (Timer* timer = slot.next_; timer != &slot;) {
    Timer* following = timer->next_;
    if (timer->due_tick_ <= tick) {
      timer->clear();
      timer->previous_ = due.previous_;
      timer->next_ = &due;
      timer->previous_->next_ = timer;
      due.previous_ = timer;
    }
    timer = following;
  }
  while (due.next_ != &due) {
    Timer* timer = due.next_;
    timer->clear();
    timer->on_timer();
  }
  due.next_ = due.previous_ = nullptr;
}

void TimerWheel::advance(Millis now) {
  // What a timer sets counts from now, not from when the timer was due: after a pause a peer that is asked
  // for an answer has all its time to give it.
  wake(now);
  const std::int64_t target = now_ / kTick;
  // After a long pause (a suspended process) each slot needs one look, not one for every tick that went by.
  const std::int64_t first = std::max(tick_ + 1, target - static_cast<std::int64_t>(kSlots) + 1);
  for (std::int64_t tick = first; tick <= target; ++tick) {
    tick_ = tick;
    fire_slot(tick);
  }
}

bool TimerWheel::slot_is_empty(std::int64_t tick) const {
  const Slot& slot = slots_[static_cast<std::size_t>(tick) % kSlots];
  return slot.next_ == &slot;
}

std::optional<Millis> TimerWheel::until_next() const {
  if (earliest_ == kNever) return std::nullopt;
  const std::int64_t last = tick_ + static_cast<std::int64_t>(kSlots);
  for (std::int64_t tick = std::max(earliest_, tick_ + 1); tick <= last; ++tick) {
    if (!slot_is_empty(tick)) {
      earliest_ = tick;
      return std::max(kTick * tick - now_, Millis{0});
    }
  }
  // Nothing within a round of the earliest; but what sits before it in the wheel is of a later round.
  if (earliest_ <= last) {
    std::int64_t tick = tick_ + 1;
    while (tick < earliest_ && slot_is_empty(tick)) ++tick;
    earliest_ = tick < earliest_ ? last + 1 : kNever;
  }
  return earliest_ == kNever ? std::nullopt : std::optional<Millis>(kTick * kSlots);
}

}  // namespace encke
