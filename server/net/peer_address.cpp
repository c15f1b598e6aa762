// Addresses as the system's sockets have them, and whom a socket is connected to.
#include "server/net/peer_address.hpp"

#include <netinet/in.h>

#include <cstdint>
#include <cstring>

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

Where where_of(const Address& address, std::uint16_t port) {
  Where where;
  if (address.is_v4()) {
    auto& four = reinterpret_cast<sockaddr_in&>(where.bytes);
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    std::memcpy(&four.sin_addr, address.bytes.data() + 12, 4);
    where.size = sizeof four;
  } else {
    auto& six = reinterpret_cast<sockaddr_in6&>(where.bytes);
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    std::memcpy(&six.sin6_addr, address.bytes.data(), address.bytes.size());
    where.size = sizeof six;
  }
  return where;
}

}  // namespace encke::net
