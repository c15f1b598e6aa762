// What happened to the sessions of a service since the server started.
#pragma once

#include <cstdint>

namespace encke {

/// Counted over all loops; each only grows.
struct ServiceCounts {
  std::uint64_t opened = 0;         ///< sessions
  std::uint64_t resumed = 0;        ///< carriers that went on where another had broken off or was replaced
  std::uint64_t expired = 0;        ///< sessions to which nobody came back in time
  std::uint64_t repeated_up = 0;    ///< messages from browsers that had come before, dropped
  std::uint64_t repeated_down = 0;  ///< messages given to a carrier that another had had
  std::uint64_t slow_closed = 0;    ///< channels closed since their reader fell behind
  std::uint64_t slow_blocked = 0;   ///< messages refused since the outbox was full
  std::uint64_t slow_dropped = 0;   ///< messages dropped since the outbox was full
  std::uint64_t reports = 0;        ///< reports that pages of the facade's sent, and that were taken
  std::uint64_t refused = 0;        ///< sessions not opened for want of a place, by ServiceLimits
  std::uint64_t throttled = 0;      ///< times that a browser was held since it had sent too much for a rate
  std::uint64_t refused_origins =
      0;  ///< requests of pages that may not use the service, or that nothing vouched for
  std::uint64_t refused_access = 0;  ///< openings that were refused by who decides on them, or for a token
};

}  // namespace encke
