// Whom a socket is connected to.
#pragma once

#include "server/core/address.hpp"

#include <sys/socket.h>

#include <optional>

namespace encke::net {

/// Of an address of IPv4 or IPv6.
Address address_of(const sockaddr_storage& peer);

/// Nothing where the connection is broken.
std::optional<Address> peer_of(int socket);

}  // namespace encke::net
