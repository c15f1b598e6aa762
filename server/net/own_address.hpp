// Which addresses are this machine's own.
#pragma once

#include "server/core/address.hpp"

namespace encke::net {

/// Loopback, the unspecified address, or one of an interface, as the system has them now: some microseconds.
/// True where no descriptor is left to ask with. Any thread.
bool is_of_this_machine(const Address& address);

}  // namespace encke::net
