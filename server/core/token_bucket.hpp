// A token bucket: so much a second on average, and so much at once after a rest.
#pragma once

#include "server/core/timer_wheel.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace encke {

/// What a bucket allows. The rate is what it gains in a second.
struct Rate {
  std::size_t per_second = 0;  ///< 0: no limit
  Millis burst{1'000};         ///< it holds what comes in so much time, and one at least
};

/// Who has something in it may take all that it needs, and then owes: what is larger than the bucket comes
/// through too, and is paid for by waiting. Time comes in by argument.
class TokenBucket {
 public:
  /// Whether there is something in it, or no limit.
  bool open(const Rate& rate, Millis now) {
    if (rate.per_second == 0) return true;
    fill(rate, now);
    return level_ > 0;
  }
  /// After open() at the same `now`.
  void take(const Rate& rate, std::size_t amount) {
    if (rate.per_second > 0) level_ -= static_cast<std::int64_t>(amount) * kThousand;
  }
  /// Whether a bucket that was never used would give no more.
  bool full(const Rate& rate, Millis now) {
    if (rate.per_second == 0) return true;
    fill(rate, now);
    return level_ == most(rate);
  }

 private:
  static constexpr std::int64_t kThousand =
      1000;  // levels are in thousandths, so that no millisecond is lost

  static std::int64_t most(const Rate& rate) {
    return std::max<std::int64_t>(static_cast<std::int64_t>(rate.per_second) * rate.burst.count(), kThousand);
  }

  void fill(const Rate& rate, Millis now) {
    if (at_ < Millis{0}) {
      level_ = most(rate);
    } else {
      // Of loops that share a bucket one may be behind.
      const std::int64_t milliseconds = std::clamp<std::int64_t>((now - at_).count(), 0, kLongestMillis);
      level_ = std::min(most(rate), level_ + static_cast<std::int64_t>(rate.per_second) * milliseconds);
    }
    at_ = std::max(at_, now);
  }

  static constexpr std::int64_t kLongestMillis = 86'400'000;  // so that nothing overflows

  std::int64_t level_ = 0;
  Millis at_{-1};  // when it was last filled; before the first time it is full
};

}  // namespace encke
