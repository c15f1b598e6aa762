// Names of hosts, as DNS has them.
#pragma once

#include <string_view>

namespace encke {

/// A host's name (RFC 1123 2.1; underscores are let pass), in letters of either case: labels of 1 to 63
/// letters, digits and inner hyphens, 253 bytes in all, no dot at the end. Not where the last label is a
/// number, decimal or hexadecimal: such a one is meant for an address.
bool is_host_name(std::string_view name);

/// A host's name in lower case with a dot in it, without underscores: what document.domain can be set to.
bool is_domain_name(std::string_view name);

}  // namespace encke
