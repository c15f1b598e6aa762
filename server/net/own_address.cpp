// Which addresses are this machine's own.
//
// A datagram to an own address would leave from that address: connect() of UDP finds that out, and sends
// nothing. The list of interfaces would take netlink, which services are often denied.
#include "server/net/own_address.hpp"

#include "server/net/peer_address.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace encke::net {

namespace {

constexpr std::uint16_t kAnyPort = 9;  // connect() wants one

bool is_loopback(const Address& address) {
  static const Networks kAll({"127.0.0.0/8", "::1", "0.0.0.0", "::"});
  return kAll.holds(address);
}

}  // namespace

bool is_of_this_machine(const Address& address) {
  if (is_loopback(address)) return true;
  const Where to = where_of(address, kAnyPort);
  const int socket = ::socket(to.bytes.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return errno != EAFNOSUPPORT;
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  const bool own = ::connect(socket, to.address(), to.size) == 0 &&
                   ::getsockname(socket, reinterpret_cast<sockaddr*>(&from), &size) == 0 &&
                   address_of(from) == address;
  ::close(socket);
  return own;
}

}  // namespace encke::net
