// What a configuration says of a service of type tcp.
#include "server/app/config_tcp.hpp"

#include "server/app/json_text.hpp"
#include "server/core/address.hpp"
#include "server/core/host_name.hpp"
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
    errors.add(reader.path_of("connect"), "missing, expected " + std::string(net::kEndpointForm));
  } else if (connect->is_string()) {
    std::string one;
    reader.read("connect", one, net::kEndpointForm, is_endpoint);
    options.connect = {one};
  } else {
    reader.read("connect", options.connect, net::kEndpointForm, is_endpoint);
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
  read_connect(reader, options, errors);
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
