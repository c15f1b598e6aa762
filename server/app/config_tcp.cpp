// What a configuration says of a service of type tcp.
#include "server/app/config_tcp.hpp"

#include "server/app/json_text.hpp"
#include "server/core/address.hpp"
#include "server/core/origin.hpp"
#include "server/core/target_rules.hpp"
#include "server/net/endpoint.hpp"
#include "server/services/announcement.hpp"

#include <algorithm>
#include <chrono>

namespace encke::app {

namespace {

using nlohmann::json;
using namespace std::chrono_literals;

void read_ports(const json& value, const std::string& path, std::vector<PortRange>& ports,
                ConfigErrors& errors) {
  if (!value.is_array() || value.empty()) {
    errors.expected(path, value, "a list of at least one: [6667, \"6697-6699\"]");
    return;
  }
  for (std::size_t index = 0; index < value.size(); ++index) {
    const json& each = value[index];
    const std::string text = each.is_string()            ? each.get<std::string>()
                             : each.is_number_unsigned() ? std::to_string(each.get<std::uint64_t>())
                                                         : std::string{};
    if (const std::optional<PortRange> range = parse_ports(text)) {
      ports.push_back(*range);
    } else {
      errors.expected(path + "[" + std::to_string(index) + "]", each, kPortsForm);
    }
  }
}

TargetRule read_target(const json& value, const std::string& path, ConfigErrors& errors) {
  TargetRule rule;
  ObjectReader reader(value, path, errors);
  reader.allow({"origins", "hosts", "ports"});
  if (!reader.is_object()) return rule;
  reader.read("origins", rule.origins, kOriginEntryForm, is_origin_entry);
  reader.read("hosts", rule.hosts, kTargetHostForm, is_target_host);
  if (reader.find("hosts") == nullptr)
    errors.add(reader.path_of("hosts"), "missing, expected a list of " + std::string(kTargetHostForm));
  if (const json* const ports = reader.find("ports")) {
    read_ports(*ports, reader.path_of("ports"), rule.ports, errors);
  } else {
    errors.add(reader.path_of("ports"), "missing, expected a list of ports: [6667, \"6697-6699\"]");
  }
  if (std::find(rule.hosts.begin(), rule.hosts.end(), "*") != rule.hosts.end())
    errors.warn(reader.path_of("hosts"), "lets pages connect to all hosts of the internet at these ports");
  return rule;
}

void read_targets(ObjectReader& reader, const json& value, TcpOptions& options, ConfigErrors& errors) {
  const std::string path = reader.path_of("targets");
  if (!value.is_array() || value.empty()) {
    errors.expected(path, value,
                    "a list of at least one rule: [{\"hosts\": [\"irc.example\"], \"ports\": [6667]}]");
    return;
  }
  for (std::size_t index = 0; index < value.size(); ++index)
    options.targets.push_back(read_target(value[index], path + "[" + std::to_string(index) + "]", errors));
  for (const std::string_view key : {"connect", "balance", "retry_seconds", "check_seconds"}) {
    if (reader.find(key) != nullptr)
      errors.add(reader.path_of(key), "is for servers that are configured, expected none beside \"targets\"");
  }
}

void read_tls(ObjectReader& reader, const std::filesystem::path& base, TcpOptions& options,
              ConfigErrors& errors) {
  const json* const tls = reader.find("tls");
  if (tls == nullptr) return;
  const std::string path = reader.path_of("tls");
  if (tls->is_boolean()) {
    if (tls->get<bool>()) options.tls = read_backend_tls(json::object(), path, base, errors);
  } else if (tls->is_object()) {
    options.tls = read_backend_tls(*tls, path, base, errors);
  } else {
    errors.expected(path, *tls, "true, false or {\"authorities\": \"ca.pem\", \"name\": \"irc.example\"}");
  }
  if (!options.tls || !options.tls->name.empty()) return;
  for (const std::string& text : options.connect) {
    if (text.starts_with("unix:"))
      errors.add(path, "has no name, expected {\"name\": ...}: whose certificate \"" + text + "\" has");
  }
}

WebIrc read_webirc(const json& value, const std::string& path, ConfigErrors& errors) {
  WebIrc webirc;
  ObjectReader reader(value, path, errors);
  reader.allow({"password", "gateway"});
  if (reader.is_object() && reader.find("password") == nullptr)
    errors.add(reader.path_of("password"), "missing, expected the one that the server of IRC knows");
  reader.read("password", webirc.password, services::kWebircWordForm, services::is_webirc_word);
  reader.read("gateway", webirc.gateway, services::kWebircWordForm, services::is_webirc_word);
  return webirc;
}

}  // namespace

TcpOptions read_tcp(ObjectReader& reader, const std::filesystem::path& base, ConfigErrors& errors) {
  constexpr std::array<std::string_view, 2> kData{"binary", "text"};
  TcpOptions options;
  if (const json* const targets = reader.find("targets")) {
    read_targets(reader, *targets, options, errors);
    reader.read_seconds("handshake_seconds", options.handshake_time, 100ms, 10min, false);
  } else {
    read_connect(reader, options.connect, "; or rules in \"targets\"", errors);
    if (reader.find("handshake_seconds") != nullptr)
      errors.add(reader.path_of("handshake_seconds"),
                 "is for pages that name the target, expected \"targets\"");
  }
  read_backends(reader, options);
  if (const auto word = reader.read_word("data", kData)) options.text = *word == kData[1];
  read_tls(reader, base, options, errors);
  reader.read("half_close", options.half_close);
  if (const json* const webirc = reader.find("webirc"))
    options.webirc = read_webirc(*webirc, reader.path_of("webirc"), errors);
  return options;
}

bool is_name_server(std::string_view text) {
  if (Address::parse(text)) return true;
  const std::optional<net::Endpoint> endpoint = net::Endpoint::parse(text);
  return endpoint && !endpoint->is_local() && endpoint->address().has_value();
}

}  // namespace encke::app
