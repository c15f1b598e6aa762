// Server-sent events: one long response that EventSource reads.
#pragma once

#include "server/core/transport.hpp"

#include <memory>

namespace encke {

std::unique_ptr<Transport> make_eventsource();

}  // namespace encke
