// WebSocket: one socket carries both ways, framed as SockJS or raw.
#pragma once

#include "server/core/transport.hpp"

#include <memory>

namespace encke {

std::unique_ptr<Transport> make_websocket();

}  // namespace encke
