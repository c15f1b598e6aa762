// Addresses as the system's sockets have them, and whom a socket is connected to.
#pragma once

#include "server/core/address.hpp"

#include <sys/socket.h>

#include <cstdint>
#include <optional>

namespace encke::net {

/// An address of a socket.
struct Where {
  sockaddr_storage bytes{};
  socklen_t size = 0;

  const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&bytes); }
};
Where where_of(const Address& address, std::uint16_t port);

/// Of an address of IPv4 or IPv6.
Address address_of(const sockaddr_storage& peer);

/// Nothing where the connection is broken.
std::optional<Address> peer_of(int socket);

}  // namespace encke::net
