// What one loop lends to everything that lives on it.
#pragma once

#include "server/core/timer_wheel.hpp"
#include "server/core/turn.hpp"

#include <cstddef>

namespace encke {

class Guard;
struct ServerLimits;

/// A body, or a message, has ServerLimits::body_time for each so many bytes of it.
inline constexpr std::size_t kTimedBytes = 64 * 1024;

/// One per loop (thread); outlives all that refers to it. Nothing in it is shared between loops but the
/// guard.
struct LoopContext {
  TimerWheel& timers;
  Turn& turn;
  unsigned worker = 0;     ///< this loop's number
  unsigned workers = 1;    ///< how many loops there are
  Guard* guard = nullptr;  ///< null: nothing is counted, and the limits are the defaults

  const ServerLimits& limits() const;
};

}  // namespace encke
