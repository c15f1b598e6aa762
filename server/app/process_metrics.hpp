// What the system says of this process.
#pragma once

#include <encke/metrics.hpp>

namespace encke {

/// Zeros for what /proc does not tell.
ProcessMetrics process_metrics();

}  // namespace encke
