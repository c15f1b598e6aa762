// Counts what may happen too often to be told each time.
#pragma once

#include "server/core/timer_wheel.hpp"

#include <atomic>
#include <cstdint>
#include <limits>

namespace encke {

/// Told once a minute at most, the first time at once. Any thread.
class Tally {
 public:
  static constexpr Millis kInterval{60'000};

  /// One more. How many there have been since it was last told, where it is to be told now; or else 0.
  std::uint64_t add(Millis now) {
    const std::uint64_t count = count_.fetch_add(1, std::memory_order_relaxed) + 1;
    Millis::rep next = next_.load(std::memory_order_relaxed);
    if (now.count() < next || !next_.compare_exchange_strong(next, (now + kInterval).count())) return 0;
    return count - told_.exchange(count);
  }
  std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> count_{0};
  std::atomic<std::uint64_t> told_{0};  // of them, when it was last told
  std::atomic<Millis::rep> next_{std::numeric_limits<Millis::rep>::min()};
};

}  // namespace encke
