// The counts of a service, as its loops keep them together.
#pragma once

#include <encke/limits.hpp>
#include <encke/service_counts.hpp>
#include "server/core/denials.hpp"
#include "server/core/guard.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace encke {

/// One per service, shared by its loops. What it counts is rare, so one atomic each will do.
struct LiveCounts {
  using Count = std::atomic<std::uint64_t>;

  /// `unlimited` are the networks that have no limits (ServerLimits::unlimited_addresses). `trouble`, which
  /// may be null, is told what was refused, from any of the loops.
  explicit LiveCounts(const ServiceLimits& limits = {}, const std::vector<std::string>& unlimited = {},
                      const Guard::Trouble& trouble = {})
      : denials(trouble), guard(limits_of(limits, unlimited), trouble, "service") {}
  void set_limits(const ServiceLimits& limits, const std::vector<std::string>& unlimited) {
    guard.set_limits(limits_of(limits, unlimited));
  }

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
            .reports = reports,
            .refused = guard.counts().sessions + guard.counts().sessions_per_address,
            .throttled = throttled,
            .refused_origins = denials.count(Denial::origin),
            .refused_access = denials.count(Denial::access)};
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
  Count throttled{0};
  Denials denials;
  Guard guard;  ///< of the service's sessions

 private:
  static ServerLimits limits_of(const ServiceLimits& limits, const std::vector<std::string>& unlimited) {
    ServerLimits all;
    all.sessions = limits.sessions;
    all.sessions_per_address = limits.sessions_per_address;
    all.unlimited_addresses = unlimited;
    return all;
  }
};

}  // namespace encke
