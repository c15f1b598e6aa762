// How a server that is to end lets its clients go.
#pragma once

#include <chrono>
#include <cstddef>

namespace encke {

/// docs/configuration.md describes the same under `drain`.
struct DrainOptions {
  /// From the moment when Server::draining() becomes true, so that balancers may see it, until the first
  /// client is told to go. All goes on as before meanwhile.
  std::chrono::milliseconds notice{0};
  /// How many sessions are told in a second, over all loops, at moments that no client can foresee; more
  /// where they could not all be told in half of `deadline` otherwise. At least 1.
  std::size_t sessions_per_second = 2'000;
  /// For all of it, from the call on; what is still there then is closed as by Server::stop().
  std::chrono::milliseconds deadline{30'000};

  bool operator==(const DrainOptions&) const = default;
};

}  // namespace encke
