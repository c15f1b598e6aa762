// Names of hosts, as DNS has them, and their ports.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace encke {

/// A host's name (RFC 1123 2.1; underscores are let pass), in letters of either case: labels of 1 to 63
/// letters, digits and inner hyphens, 253 bytes in all, no dot at the end. Not where the last label is a
/// number, decimal or hexadecimal: such a one is meant for an address.
bool is_host_name(std::string_view name);

/// A host's name in lower case with a dot in it, without underscores: what document.domain can be set to.
bool is_domain_name(std::string_view name);

/// A decimal number from 1 to 65535, without a sign or a zero before it.
std::optional<std::uint16_t> parse_port(std::string_view text);

}  // namespace encke
