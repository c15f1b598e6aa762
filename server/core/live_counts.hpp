// The counts of a service, as its loops keep them together.
#pragma once

#include <encke/service_counts.hpp>

#include <atomic>
#include <cstdint>

namespace encke {

/// One per service, shared by its loops. What it counts is rare, so one atomic each will do.
struct LiveCounts {
  using Count = std::atomic<std::uint64_t>;

  static void add(Count& count, std::uint64_t more = 1) { count.fetch_add(more, std::memory_order_relaxed); }

  ServiceCounts now() const {
    return {.opened = opened,
            .resumed = resumed,
            .expired = expired,
            .repeated_up = repeated_up,
            .repeated_down = repeated_down,
            .slow_closed = slow_closed,
            .slow_blocked = slow_blocked,
            .slow_dropped = slow_dropped,
            .reports = reports};
  }

  Count opened{0};
  Count resumed{0};
  Count expired{0};
  Count repeated_up{0};
  Count repeated_down{0};
  Count slow_closed{0};
  Count slow_blocked{0};
  Count slow_dropped{0};
  Count reports{0};
};

}  // namespace encke
