// What an address is for: most reach somebody on the internet, some this machine, its network, or nobody.
#pragma once

#include "server/core/address.hpp"

#include <cstdint>
#include <optional>

namespace encke {

enum class AddressKind : std::uint8_t {
  open,     ///< of the public internet
  special,  ///< loopback, link-local, private, documentation, tunnels and all else that is not for everybody
  never,    ///< nobody's: unspecified, multicast, broadcast
};

/// By IANA's registries of special-purpose addresses (RFC 6890), for IPv6 whatever is no global unicast.
AddressKind kind_of(const Address& address);

/// The IPv4 address that one of NAT64 (64:ff9b::/96, RFC 6052) leads to; nothing where it is none of these.
std::optional<Address> behind_nat64(const Address& address);

/// Whether `network` lies within one of the ranges that kind_of() calls `kind`, special or never: who wrote
/// it meant that range.
bool lies_in(AddressKind kind, const Network& network);

}  // namespace encke
