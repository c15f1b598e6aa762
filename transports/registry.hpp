// The transports that are built in.
#pragma once

#include "server/core/transport.hpp"

#include <memory>
#include <vector>

namespace encke {

/// One of each, in the order of the build option `transports`, the best first.
std::vector<std::unique_ptr<Transport>> make_transports();

}  // namespace encke
