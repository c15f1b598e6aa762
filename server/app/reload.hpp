// A changed configuration, applied to a server that runs.
#pragma once

#include "server/app/config.hpp"

#include <encke/server.hpp>

#include <string>
#include <vector>

namespace encke::app {

/// Serves what this service of a configuration says.
void add_service(Server& server, const ServiceConfig& service);

/// What of `after` takes a new start to come true, by the names of its keys.
std::vector<std::string> needing_restart(const Config& before, const Config& after);

/// Makes a server that serves what `before` says serve what `after` says, as far as that goes without a new
/// start, and says so in `now`, which is `before` else. Lines for the log on what was done and what failed.
/// With `policy_only` it serves no services and no files.
struct Reloaded {
  Config now;
  std::vector<std::string> done;
  std::vector<std::string> failed;
};
Reloaded reload(Server& server, const Config& before, const Config& after, bool policy_only);

}  // namespace encke::app
