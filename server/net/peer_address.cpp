// Whom a socket is connected to.
#include "server/net/peer_address.hpp"

#include <netinet/in.h>

#include <cstdint>

namespace encke::net {

Address address_of(const sockaddr_storage& peer) {
  if (peer.ss_family == AF_INET6) {
    return Address::v6(reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr.s6_addr);
  }
  const auto& four = reinterpret_cast<const sockaddr_in&>(peer).sin_addr.s_addr;
  return Address::v4(reinterpret_cast<const std::uint8_t*>(&four));
}

std::optional<Address> peer_of(int socket) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return std::nullopt;
  return address_of(peer);
}

}  // namespace encke::net
