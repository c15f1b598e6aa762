// The configuration of the policy server. What a policy may say is checked where the library checks it too.
#include "server/app/config_flash.hpp"

#include "server/app/json_text.hpp"
#include "server/policy/policy.hpp"

#include <algorithm>

namespace encke::app {
namespace {

using nlohmann::json;

constexpr std::string_view kPath = "$.flash_policy";
constexpr std::size_t kMostConnections = 4096;
constexpr std::string_view kRuleForm = R"({"domain": "*.example.com", "ports": "8080,8443"})";

bool any(std::string_view) { return true; }

std::vector<std::string> read_addresses(const json& value, const std::string& path, ConfigErrors& errors) {
  std::vector<std::string> result;
  const bool list = value.is_array() && !value.empty();
  if (!list && !value.is_string()) {
    errors.expected(path, value, std::string(kListenAddressForm) + ", or a list of such");
    return result;
  }
  const std::size_t count = list ? value.size() : 1;
  for (std::size_t i = 0; i < count; ++i) {
    const json& text = list ? value[i] : value;
    const std::string at = list ? element_path(path, i) : path;
    const auto address =
        text.is_string() ? parse_listen_address(text.get_ref<const std::string&>()) : std::nullopt;
    if (!address) {
      errors.expected(at, text, kListenAddressForm);
    } else if (address->is_fixed() &&
               std::find(result.begin(), result.end(), to_string(*address)) != result.end()) {
      errors.add(at, to_string(*address) + " is given twice, expected once");
    } else {
      result.push_back(to_string(*address));
    }
  }
  return result;
}

void read_rules(const json& value, const std::string& path, std::vector<FlashPolicy::Rule>& out,
                ConfigErrors& errors) {
  if (!value.is_array()) {
    errors.expected(path, value, "a list of at least one " + std::string(kRuleForm));
    return;
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    ObjectReader reader(value[i], element_path(path, i), errors);
    reader.allow({"domain", "ports"});
    FlashPolicy::Rule rule;
    for (const auto& [key, member] : {std::pair{"domain", &rule.domain}, std::pair{"ports", &rule.ports}}) {
      if (reader.is_object() && reader.find(key) == nullptr) {
        errors.add(reader.path_of(key), "missing, expected a rule as " + std::string(kRuleForm));
      }
      reader.read(key, *member, "a text, as in " + std::string(kRuleForm), &any);
    }
    out.push_back(std::move(rule));
  }
}

void tell(const std::vector<policy::Fault>& faults, ConfigErrors& errors) {
  for (const policy::Fault& fault : faults) errors.add(std::string(kPath) + "." + fault.where, fault.text);
}

}  // namespace

FlashPolicy read_flash_policy(const json& value, ConfigErrors& errors) {
  FlashPolicy policy;
  const std::size_t before = errors.all().size();
  ObjectReader reader(value, std::string(kPath), errors);
  reader.allow({"listen", "allow", "site_control", "public_port", "connections_per_address"});
  if (const json* listen = reader.find("listen")) {
    policy.listen = read_addresses(*listen, reader.path_of("listen"), errors);
  }
  if (const json* allow = reader.find("allow"))
    read_rules(*allow, reader.path_of("allow"), policy.allow, errors);
  reader.read("site_control", policy.site_control, R"("all", "master-only" or "none")",
              [](std::string_view word) { return !word.empty(); });
  std::size_t port = 0;
  reader.read("public_port", port, "a port", 1, 65535);
  policy.public_port = static_cast<std::uint16_t>(port);
  reader.read("connections_per_address", policy.connections_per_address, "a number of connections", 1,
              kMostConnections);
  // What is not even of the right kind has been told, and would be told again here.
  if (errors.all().size() == before) tell(policy::faults_of(policy), errors);
  return policy;
}

void check_flash_policy(const FlashPolicy& policy, std::span<const ListenConfig> listeners,
                        ConfigErrors& errors) {
  policy::Serving serving;
  for (const std::string& text : policy.listen) {
    const auto address = parse_listen_address(text);
    serving.alone.push_back(address ? address->port : std::uint16_t{0});
    const auto same = [&address](const ListenConfig& other) { return other.address == *address; };
    if (address && address->is_fixed() && std::any_of(listeners.begin(), listeners.end(), same)) {
      errors.add(
          std::string(kPath) + ".listen",
          text +
              " is in the listen of the top level too, where policy requests are answered in any case; "
              "expected another address, or none");
    }
  }
  for (const ListenConfig& listener : listeners) {
    if (!listener.tls) serving.in_line.push_back(listener.address.port);
  }
  tell(policy::faults_of(policy, serving), errors);
}

}  // namespace encke::app
