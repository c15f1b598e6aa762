// The policy that Flash Player asks for: checked, and as XML.
#pragma once

#include <encke/flash_policy.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace encke::policy {

/// What the player sends, with a NUL at its end: 23 bytes.
inline constexpr std::string_view kRequest{"<policy-file-request/>\0", 23};

/// From here on a port's policy grants no lower port.
inline constexpr std::uint16_t kFirstHighPort = 1024;
/// Where the player asks first, and the only port whose policy may hold a site-control.
inline constexpr std::uint16_t kMasterPort = 843;

/// Something that a policy may not say: where in a FlashPolicy, as "allow[0].ports", and what is wrong there.
struct Fault {
  std::string where;
  std::string text;
};

/// Ports at which a policy is served; 0: one that is not known yet.
struct Serving {
  std::vector<std::uint16_t> alone = {};    ///< of FlashPolicy::listen
  std::vector<std::uint16_t> in_line = {};  ///< of listeners that serve other things too
};

/// The faults of the policy itself; empty where it is good.
std::vector<Fault> faults_of(const FlashPolicy& policy);
/// What the policy says and could not bring about from these ports: grants of ports below 1024, a
/// site-control. Where a port is not known nothing is said about what it could decide.
std::vector<Fault> faults_of(const FlashPolicy& policy, const Serving& serving);
/// The first fault as one line, "flash_policy.allow[0].ports: ..."; empty where there is none.
std::string first_of(const std::vector<Fault>& faults);

/// Who serves it: a listener that serves nothing else, or any other.
enum class Place : std::uint8_t { alone, in_line };

/// The XML of a policy without faults, without the NUL that ends it on the wire.
std::string to_xml(const FlashPolicy& policy, Place place);
/// `text` as it may stand in an attribute between double quotes.
std::string xml_attribute(std::string_view text);

}  // namespace encke::policy
