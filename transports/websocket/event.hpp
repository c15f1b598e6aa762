// What the decoder of each dialect finds.
#pragma once

#include "transports/shared/socket_event.hpp"

namespace encke::websocket {

using sockets::Begun;
using sockets::error_event;
using sockets::Event;

}  // namespace encke::websocket
