// What pages with Flash may open sockets to this machine: the policy that Flash Player asks for first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace encke {

/// Whose Flash may connect to which ports. It opens raw sockets: who is let in may send any bytes, forged
/// headers and cookies included. docs/flash.md tells what Flash Player makes of it.
struct FlashPolicy {
  struct Rule {
    /// Where the Flash comes from: "www.example.com", "192.0.2.7", "*.example.com" for all names below that
    /// one, or "*" for everywhere.
    std::string domain;
    /// "8080", "8080,9000-9010", or "*" for all that the player takes from the port that the policy comes
    /// from: from ports below 1024 every port, from others those from 1024 on.
    std::string ports;

    bool operator==(const Rule&) const = default;
  };
  /// At least one, unless site_control is "none".
  std::vector<Rule> allow = {};
  /// Which policies of this machine count: "all" (what the player assumes), "master-only" (that of port 843
  /// alone) or "none". Empty: the policy says nothing of it. Told by the listeners of `listen` only, and
  /// heeded at port 843 only, so one of them must be reached there.
  std::string site_control = {};
  /// Where policy requests and nothing else are answered, in the forms of ServerOptions::listen; the player
  /// asks at port 843 first. Those that come to ordinary listeners are answered in any case.
  std::vector<std::string> listen = {};
  /// The port at which players reach `listen`, where that is another (843, redirected there by the system);
  /// 0: the same.
  std::uint16_t public_port = 0;
  /// How many connections of one address (IPv6: of one /64) may wait for their answer, on each loop; more are
  /// refused.
  std::size_t connections_per_address = 64;

  bool operator==(const FlashPolicy&) const = default;
};

/// What became of policy requests, over all loops; each only grows.
struct FlashPolicyCounts {
  std::uint64_t answered = 0;
  std::uint64_t refused = 0;  ///< one address had too many that waited, or all addresses together
  std::uint64_t wrong = 0;    ///< sent something else
  std::uint64_t late = 0;     ///< did not send all of the request in time
};

}  // namespace encke
