// Plain polling: each request is answered at once, with what there is or with a heartbeat.
#pragma once

#include "server/core/transport.hpp"

#include <memory>

namespace encke {

std::unique_ptr<Transport> make_poll();

}  // namespace encke
