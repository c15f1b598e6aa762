// Rules of who may be connected where.
#include "server/core/target_rules.hpp"

#include "server/core/address_kind.hpp"
#include "server/core/host_name.hpp"
#include "server/core/origin.hpp"

#include <algorithm>

namespace encke {

namespace {

constexpr std::string_view kAny = "*";
constexpr std::string_view kBelow = "*.";

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

bool is_good(const PortRange& range) { return range.first != 0 && range.first <= range.last; }

}  // namespace

bool is_target_host(std::string_view text) {
  if (text == kAny) return true;
  if (const std::optional<Network> network = Network::parse(text))
    return !lies_in(AddressKind::never, *network);
  return is_host_name(text.starts_with(kBelow) ? text.substr(kBelow.size()) : text);
}

std::optional<PortRange> parse_ports(std::string_view text) {
  const std::size_t dash = text.find('-');
  const std::optional<std::uint16_t> first = parse_port(text.substr(0, dash));
  const std::optional<std::uint16_t> last =
      dash == std::string_view::npos ? first : parse_port(text.substr(dash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return PortRange{*first, *last};
}

std::string target_rule_fault(const TargetRule& rule) {
  for (const std::string& origin : rule.origins) {
    if (!is_origin_entry(origin))
      return "origins: found \"" + origin + "\", expected " + std::string(kOriginEntryForm);
  }
  if (rule.hosts.empty()) return "hosts: expected at least one";
  for (const std::string& host : rule.hosts) {
    if (!is_target_host(host))
      return "hosts: found \"" + host + "\", expected " + std::string(kTargetHostForm);
  }
  if (rule.ports.empty()) return "ports: expected at least one";
  if (!std::all_of(rule.ports.begin(), rule.ports.end(), is_good))
    return "ports: expected numbers from 1 to 65535, the lower first";
  return {};
}

TargetRules::TargetRules(const std::vector<TargetRule>& rules) {
  for (const TargetRule& given : rules) {
    Rule& rule = rules_.emplace_back();
    rule.origins = given.origins;
    rule.ports = given.ports;
    for (const std::string& host : given.hosts) {
      if (host == kAny) {
        rule.any = true;
      } else if (const std::optional<Network> network = Network::parse(host)) {
        rule.networks.push_back(*network);
      } else {
        rule.names.push_back(lower(host.starts_with(kBelow) ? std::string_view(host).substr(1) : host));
      }
    }
  }
}

bool TargetRules::Rule::is_for(const Target& target) const {
  return (origins.empty() || origin_matches_any(origins, target.origin)) &&
         std::any_of(ports.begin(), ports.end(), [&](const PortRange& range) {
           return range.first <= target.port && target.port <= range.last;
         });
}

bool TargetRules::Rule::has_name(std::string_view host) const {
  return any || std::any_of(names.begin(), names.end(), [host](const std::string& name) {
           return name.starts_with('.') ? host.size() > name.size() && host.ends_with(name) : host == name;
         });
}

bool TargetRules::Rule::lists(const Address& address) const {
  const bool open = kind_of(address) == AddressKind::open;
  return (any && open) || std::any_of(networks.begin(), networks.end(), [&](const Network& network) {
           return network.holds(address) && (open || lies_in(AddressKind::special, network));
         });
}

bool TargetRules::names_itself(const Target& target) const {
  return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
    return rule.is_for(target) &&
           std::find(rule.names.begin(), rule.names.end(), target.host) != rule.names.end();
  });
}

bool TargetRules::lists_itself(const Target& target, const Address& address) const {
  const std::optional<Network> itself = Network::parse(address.text());
  return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
    return rule.is_for(target) &&
           std::any_of(rule.networks.begin(), rule.networks.end(),
                       [&](const Network& network) { return itself && itself->holds(network); });
  });
}

bool TargetRules::name(const Target& target) const {
  if (const std::optional<Address> address = Address::parse(target.host)) {
    const Address reached = behind_nat64(*address).value_or(*address);
    return std::any_of(rules_.begin(), rules_.end(),
                       [&](const Rule& rule) { return rule.is_for(target) && rule.lists(reached); });
  }
  return std::any_of(rules_.begin(), rules_.end(),
                     [&](const Rule& rule) { return rule.is_for(target) && rule.has_name(target.host); });
}

bool TargetRules::may_reach(const Target& target, const Address& address) const {
  const Address reached = behind_nat64(address).value_or(address);
  switch (kind_of(reached)) {
    case AddressKind::open:
      return name(target);
    case AddressKind::special:
      return name(target) && std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
               return rule.is_for(target) && rule.lists(reached);
             });
    case AddressKind::never:
      break;
  }
  return false;
}

}  // namespace encke
