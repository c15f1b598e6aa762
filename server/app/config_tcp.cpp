// What a configuration says of a service of type tcp.
#include "server/app/config_tcp.hpp"

#include "server/app/json_text.hpp"
#include "server/core/address.hpp"
#include "server/core/host_name.hpp"
#include "server/core/origin.hpp"
#include "server/core/target_rules.hpp"
#include "server/net/endpoint.hpp"
#include "server/net/tls_client.hpp"
#include "server/services/announcement.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace encke::app {

namespace {

using nlohmann::json;
using namespace std::chrono_literals;

bool is_endpoint(std::string_view text) { return net::Endpoint::parse(text).has_value(); }

bool is_file_name(std::string_view text) { return !text.empty(); }

bool is_peer_name(std::string_view text) { return is_host_name(text) || Address::parse(text).has_value(); }

void read_connect(ObjectReader& reader, TcpOptions& options, ConfigErrors& errors) {
  const json* const connect = reader.find("connect");
  if (connect == nullptr) {
    errors.add(reader.path_of("connect"),
               "missing, expected " + std::string(net::kEndpointForm) + "; or rules in \"targets\"");
  } else if (connect->is_string()) {
    std::string one;
    reader.read("connect", one, net::kEndpointForm, is_endpoint);
    options.connect = {one};
  } else {
    reader.read("connect", options.connect, net::kEndpointForm, is_endpoint);
  }
}

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

BackendTls read_backend_tls(const json& value, const std::string& path, const std::filesystem::path& base,
                            ConfigErrors& errors) {
  BackendTls tls;
  ObjectReader reader(value, path, errors);
  reader.allow({"authorities", "name"});
  reader.read("authorities", tls.authorities, "a file of PEM, relative to the configuration file's folder",
              is_file_name);
  reader.read("name", tls.name, "the host name or address that the server's certificate has", is_peer_name);
  if (!tls.authorities.empty()) tls.authorities = (base / tls.authorities).lexically_normal().string();
  try {
    static_cast<void>(net::TlsClient::make(tls.authorities));
  } catch (const std::runtime_error& error) {
    errors.add(reader.path_of("authorities"), error.what());
  }
  return tls;
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
  constexpr std::array<std::string_view, 2> kBalances{"first", "round_robin"};  // as Balance
  constexpr std::array<std::string_view, 2> kData{"binary", "text"};
  TcpOptions options;
  if (const json* const targets = reader.find("targets")) {
    read_targets(reader, *targets, options, errors);
    reader.read_seconds("handshake_seconds", options.handshake_time, 100ms, 10min, false);
  } else {
    read_connect(reader, options, errors);
    if (reader.find("handshake_seconds") != nullptr)
      errors.add(reader.path_of("handshake_seconds"),
                 "is for pages that name the target, expected \"targets\"");
  }
  if (const auto word = reader.read_word("balance", kBalances))
    options.balance = *word == kBalances[0] ? Balance::first : Balance::round_robin;
  if (const auto word = reader.read_word("data", kData)) options.text = *word == kData[1];
  read_tls(reader, base, options, errors);
  reader.read("half_close", options.half_close);
  reader.read_seconds("connect_seconds", options.connect_time, 100ms, 10min, false);
  reader.read_seconds("idle_seconds", options.idle_time, 1s, 24h, true);
  reader.read_seconds("retry_seconds", options.retry_time, 100ms, 24h, false);
  reader.read_seconds("check_seconds", options.check_time, 100ms, 24h, true);
  std::size_t version = 0;
  reader.read("proxy_protocol", version, "the version of the PROXY protocol (0: none)", 0, 2);
  options.proxy_protocol = static_cast<unsigned>(version);
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
