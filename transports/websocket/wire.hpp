// The dialects of WebSocket as wires.
#pragma once

#include "transports/shared/socket_wire.hpp"
#include "transports/websocket/deflate.hpp"
#include "transports/websocket/early_hybi.hpp"
#include "transports/websocket/event.hpp"

#include <encke/close.hpp>
#include <encke/message.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace encke::websocket {

using sockets::Framing;
using sockets::InputLimits;
using sockets::SpokenWire;
using sockets::Wire;

/// RFC 6455. `deflate`: what was negotiated.
SpokenWire rfc6455_wire(const std::optional<DeflateParameters>& deflate);
/// hybi-07 to -12: frames as in RFC 6455, but the browsers of the time (Chrome 14, Firefox 6 to 10) give a
/// page no bytes, so that the facade's binary messages go as text.
SpokenWire hybi07_wire();
/// hybi-01 to -06.
SpokenWire early_wire(const EarlyGrammar& grammar);
/// hixie-76, and hixie-75, which has no closing frame.
SpokenWire hixie_wire(bool has_close);

}  // namespace encke::websocket
