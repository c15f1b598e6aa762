// The policy that Flash Player asks for.
//
// The forms are those of Adobe's cross-domain policy file specification for sockets: `domain` is a name, an
// address, or a name with `*.` in front, `to-ports` is required, and of the meta-policies `all`,
// `master-only` and `none` are for sockets (the others speak of HTTP and FTP).
#include "server/policy/policy.hpp"

#include "server/core/host_name.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace encke::policy {

namespace {

constexpr std::size_t kShownBytes = 60;         // of a value in a text
constexpr std::size_t kLongestXml = 16 * 1024;  // leaves in one send, and the player takes no more than 20 KB
constexpr std::string_view kDomainForm =
    "a host's name, an IPv4 address, \"*.example.com\" for all names below one, or \"*\"; no scheme, no port "
    "and no path";
constexpr std::string_view kPortsForm =
    "ports from 1 to 65535, as \"8080\", \"8080,9000-9010\", or \"*\" for all; no blanks";

std::string found(std::string_view value, std::string_view expected) {
  std::string text = "found \"";
  for (const char byte : value.substr(0, kShownBytes)) {
    const bool plain = byte >= ' ' && byte <= '~' && byte != '"';
    text += plain ? byte : '?';
  }
  if (value.size() > kShownBytes) text += "...";
  return text + "\", expected " + std::string(expected);
}

bool is_address(const std::string& text) {
  std::array<unsigned char, sizeof(in_addr)> bytes{};
  // A NUL would end the text for inet_pton() here, and the policy for the player.
  return text.find('\0') == std::string::npos && ::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1;
}

bool is_domain(const std::string& text) {
  if (text == "*" || is_address(text) || is_host_name(text)) return true;
  return text.starts_with("*.") && is_host_name(std::string_view(text).substr(2));
}

std::optional<std::uint16_t> port_of(std::string_view digits) {
  std::uint16_t port = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, port);
  if (digits.empty() || stopped != end || error != std::errc{} || port == 0) return std::nullopt;
  return port;
}

/// The lowest port of a list, 0 for "*"; nothing where it is no list of ports.
std::optional<std::uint16_t> lowest_port(std::string_view list) {
  if (list == "*") return std::uint16_t{0};
  std::uint16_t lowest = 65535;
  while (true) {
    const std::size_t comma = list.find(',');
    const std::string_view item = list.substr(0, comma);
    const std::size_t dash = item.find('-');
    const auto from = port_of(item.substr(0, dash));
    const auto to = dash == std::string_view::npos ? from : port_of(item.substr(dash + 1));
    if (!from || !to || *from > *to) return std::nullopt;
    lowest = std::min(lowest, *from);
    if (comma == std::string_view::npos) return lowest;
    list.remove_prefix(comma + 1);
  }
}

std::string rule_at(std::size_t index, std::string_view member) {
  return "allow[" + std::to_string(index) + "]." + std::string(member);
}

}  // namespace

std::vector<Fault> faults_of(const FlashPolicy& policy) {
  std::vector<Fault> faults;
  const std::string& control = policy.site_control;
  if (!control.empty() && control != "all" && control != "master-only" && control != "none") {
    faults.push_back({"site_control", found(control, R"("all", "master-only" or "none")")});
  }
  if (policy.allow.empty() && control != "none") {
    faults.push_back({"allow", "found none, expected at least one rule, or site_control \"none\""});
  } else if (!policy.allow.empty() && control == "none") {
    faults.push_back({"allow", "has no effect beside site_control \"none\", expected one of the two"});
  }
  if (!control.empty() && policy.listen.empty()) {
    faults.push_back(
        {"site_control", "is heeded in the policy of port 843 only, expected a listen beside it"});
  }
  if (policy.public_port != 0 && policy.listen.empty()) {
    faults.push_back({"public_port", "is the port of listen, expected a listen beside it"});
  }
  if (policy.connections_per_address == 0) {
    faults.push_back({"connections_per_address", "found 0, expected at least 1"});
  }
  for (std::size_t i = 0; i < policy.allow.size(); ++i) {
    const FlashPolicy::Rule& rule = policy.allow[i];
    if (!is_domain(rule.domain)) faults.push_back({rule_at(i, "domain"), found(rule.domain, kDomainForm)});
    if (!lowest_port(rule.ports)) faults.push_back({rule_at(i, "ports"), found(rule.ports, kPortsForm)});
  }
  const std::size_t size = faults.empty() ? to_xml(policy, Place::alone).size() : 0;
  if (size > kLongestXml) {
    faults.push_back({"allow", "makes a policy of " + std::to_string(size) + " bytes, expected at most " +
                                   std::to_string(kLongestXml)});
  }
  return faults;
}

std::vector<Fault> faults_of(const FlashPolicy& policy, const Serving& serving) {
  std::vector<Fault> faults;
  std::vector<std::uint16_t> alone = serving.alone;
  if (policy.public_port != 0) alone.assign(1, policy.public_port);
  const auto has = [](const std::vector<std::uint16_t>& ports, auto... wanted) {
    return std::any_of(ports.begin(), ports.end(),
                       [&](std::uint16_t port) { return ((port == wanted) || ...); });
  };
  if (!policy.site_control.empty() && !has(alone, kMasterPort, 0)) {
    faults.push_back({"site_control",
                      "is heeded in the policy of port 843 only, expected a listen there, or public_port 843 "
                      "where the system redirects that port"});
  }
  const auto low = [](std::uint16_t port) { return port < kFirstHighPort; };  // or not known
  if (std::any_of(alone.begin(), alone.end(), low) ||
      std::any_of(serving.in_line.begin(), serving.in_line.end(), low)) {
    return faults;
  }
  for (std::size_t i = 0; i < policy.allow.size(); ++i) {
    const std::string& ports = policy.allow[i].ports;
    const std::uint16_t lowest = lowest_port(ports).value_or(0);
    if (lowest == 0 || lowest >= kFirstHighPort) continue;
    faults.push_back({rule_at(i, "ports"),
                      found(ports,
                            "ports from 1024 on: lower ones are granted from ports below 1024 only, and this "
                            "policy is served from none (843 is the usual one)")});
  }
  return faults;
}

std::string first_of(const std::vector<Fault>& faults) {
  return faults.empty() ? "" : "flash_policy." + faults[0].where + ": " + faults[0].text;
}

std::string to_xml(const FlashPolicy& policy, Place place) {
  std::string xml = "<?xml version=\"1.0\"?>\n<cross-domain-policy>\n";
  if (place == Place::alone && !policy.site_control.empty()) {
    xml +=
        "  <site-control permitted-cross-domain-policies=\"" + xml_attribute(policy.site_control) + "\"/>\n";
  }
  for (const FlashPolicy::Rule& rule : policy.allow) {
    xml += "  <allow-access-from domain=\"" + xml_attribute(rule.domain) + "\" to-ports=\"" +
           xml_attribute(rule.ports) + "\"/>\n";
  }
  return xml + "</cross-domain-policy>\n";
}

std::string xml_attribute(std::string_view text) {
  std::string escaped;
  for (const char byte : text) {
    switch (byte) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += byte;
    }
  }
  return escaped;
}

}  // namespace encke::policy
