// What the decoder of each dialect finds.
#pragma once

#include "transports/shared/socket_event.hpp"

namespace encke::websocket {

using sockets::Event;

/// The peer broke a rule. `reason` as Event::reason has it.
inline Event error_event(std::uint16_t code, std::string_view reason) {
  Event event;
  event.type = Event::Type::error;
  event.code = code;
  event.reason = reason;
  return event;
}

}  // namespace encke::websocket
