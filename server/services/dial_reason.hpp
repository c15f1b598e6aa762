// What pages are told of a server that there is no connection to.
#pragma once

#include "server/net/dialer.hpp"

#include <encke/close.hpp>

namespace encke::services {

/// Nothing of where the server is.
CloseReason reason_of(net::DialFault fault);

}  // namespace encke::services
