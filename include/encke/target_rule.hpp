// Where pages may be connected to by a gateway that lets them name the target.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace encke {

/// Ports from `first` to `last`, both included; 1 is the least.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;

  bool operator==(const PortRange&) const = default;
};

/// One rule: pages of these origins may be connected to these hosts at these ports. What no rule says is
/// refused.
struct TargetRule {
  /// As ServiceOptions::origins, of a service that has some; empty: any that the service lets in.
  std::vector<std::string> origins{};
  /// Names, "irc.example"; all names below one, "*.example"; addresses and networks, "192.0.2.7",
  /// "10.1.0.0/16", "2001:db8::/32"; or "*", all names and all addresses of the public internet. At least
  /// one.
  std::vector<std::string> hosts;
  std::vector<PortRange> ports;  ///< at least one

  bool operator==(const TargetRule&) const = default;
};

}  // namespace encke
