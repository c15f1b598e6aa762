// The server as a service of a machine: it binds, gives up privileges, serves, and obeys signals.
#pragma once

#include "server/app/config.hpp"

#include <functional>

namespace encke::app {

/// Serves until a signal ends it; the exit status. Throws std::exception where it cannot begin. `load` reads
/// the configuration again, with the command line's part, when SIGHUP asks for that; null: SIGHUP ends the
/// process.
int serve(const Config& config, bool policy_only, const std::function<ConfigResult()>& load);

}  // namespace encke::app
