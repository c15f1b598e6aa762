// Finds out by itself which of a gateway's backends answer.
#pragma once

#include "server/net/workers.hpp"
#include "server/services/backends.hpp"

#include <memory>

namespace encke::services {

/// Connects to each backend from time to time, on the first loop, and ends the connection at once. It stops
/// with this object, which goes with the gateway's service.
class BackendChecks {
 public:
  /// `pause` from one round to the next. `workers` outlives this.
  BackendChecks(net::Workers& workers, std::shared_ptr<Backends> backends, Millis pause,
                net::DialOptions how);
  ~BackendChecks();
  BackendChecks(const BackendChecks&) = delete;
  BackendChecks& operator=(const BackendChecks&) = delete;

 private:
  class Checker;

  net::Workers& workers_;
  std::shared_ptr<Checker> checker_;  // of the first loop
};

}  // namespace encke::services
