// Rules of who may be connected where: read, and applied to what a page asks for.
#pragma once

#include "server/core/address.hpp"

#include <encke/target_rule.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace encke {

/// Whether `text` may stand in TargetRule::hosts.
bool is_target_host(std::string_view text);
inline constexpr std::string_view kTargetHostForm =
    "a host's name, as \"irc.example\" or \"*.example\", an address or a network, as \"192.0.2.7\" or "
    "\"10.1.0.0/16\", or \"*\"; not one that nobody can be connected to";

/// "6667", or "6667-6697".
std::optional<PortRange> parse_ports(std::string_view text);
inline constexpr std::string_view kPortsForm = "a port from 1 to 65535, or a range of them, as \"6667-6697\"";

/// What is wrong with a rule, as "hosts: expected ..."; empty where it is good.
std::string target_rule_fault(const TargetRule& rule);

/// Immutable. Each call is a pass over all that the rules list.
class TargetRules {
 public:
  TargetRules() = default;
  /// target_rule_fault() found nothing in any of these.
  explicit TargetRules(const std::vector<TargetRule>& rules);

  /// What is asked for.
  struct Target {
    std::string_view origin;  ///< the page's; empty: it has none
    std::string_view host;    ///< a name in lower case, or a numeric address
    std::uint16_t port;
  };

  /// Whether a rule names the target. A target by name needs may_reach() for each of its addresses, too.
  bool name(const Target& target) const;
  /// Whether `address`, which the target is or its name has become, may be connected to: it is of the public
  /// internet, or listed itself by a rule for that origin and port, by an address or a network that has no
  /// public ones. What leads to another address, by NAT64, is as that one.
  bool may_reach(const Target& target, const Address& address) const;
  /// Whether a rule names the target's name itself, and not by "*" or what it is below.
  bool names_itself(const Target& target) const;
  /// Whether a rule for the target's origin and port lists this very address.
  bool lists_itself(const Target& target, const Address& address) const;

 private:
  struct Rule {
    std::vector<std::string> origins;
    std::vector<std::string> names;  // ".example": all below that
    std::vector<Network> networks;
    bool any = false;
    std::vector<PortRange> ports;

    bool is_for(const Target& target) const;
    bool has_name(std::string_view host) const;
    bool lists(const Address& address) const;
  };

  std::vector<Rule> rules_;
};

}  // namespace encke
