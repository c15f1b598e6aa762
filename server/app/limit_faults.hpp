// What is wrong with limits and networks that a program or a file sets.
#pragma once

#include <encke/limits.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace encke {

/// The form of a network, for messages: "expected <this>".
inline constexpr std::string_view kNetworkForm =
    "an address or a network: \"192.0.2.1\", \"192.0.2.0/24\", \"2001:db8::/32\"; no bits behind the prefix";

bool is_network(std::string_view text);

/// The first fault of a server's limits; empty where there is none.
std::string fault_of(const ServerLimits& limits);
/// The first of these that is no network, as a fault of `what`; empty where all are.
std::string fault_of(std::string_view what, const std::vector<std::string>& networks);

}  // namespace encke
