// Which network a client is in (PROTOCOL 6.2).
#pragma once

#include <string>
#include <string_view>

namespace encke::facade {

/// Eight hexadecimal digits that are the same for all addresses with the same first 24 bits (IPv4) or 48 bits
/// (IPv6): of the SHA-256 of those. `address` is numeric; anything else counts as a network of its own.
std::string network_of(std::string_view address);

}  // namespace encke::facade
