// What a configuration says of the servers behind a gateway.
#include "server/app/config_backends.hpp"

#include "server/core/address.hpp"
#include "server/core/host_name.hpp"
#include "server/net/endpoint.hpp"
#include "server/net/tls_client.hpp"

#include <nlohmann/json.hpp>

#include <stdexcept>

namespace encke::app {

namespace {

using nlohmann::json;

bool is_endpoint(std::string_view text) { return net::Endpoint::parse(text).has_value(); }

bool is_file_name(std::string_view text) { return !text.empty(); }

}  // namespace

bool is_peer_name(std::string_view text) { return is_host_name(text) || Address::parse(text).has_value(); }

void read_connect(ObjectReader& reader, std::vector<std::string>& connected, std::string_view alternative,
                  ConfigErrors& errors) {
  const json* const connect = reader.find("connect");
  if (connect == nullptr) {
    errors.add(reader.path_of("connect"),
               "missing, expected " + std::string(net::kEndpointForm) + std::string(alternative));
  } else if (connect->is_string()) {
    std::string one;
    reader.read("connect", one, net::kEndpointForm, is_endpoint);
    connected = {one};
  } else {
    reader.read("connect", connected, net::kEndpointForm, is_endpoint);
  }
}

void read_balance(ObjectReader& reader, Balance& balance) {
  constexpr std::array<std::string_view, 2> kBalances{"first", "round_robin"};  // as Balance
  if (const auto word = reader.read_word("balance", kBalances))
    balance = *word == kBalances[0] ? Balance::first : Balance::round_robin;
}

void read_proxy_protocol(ObjectReader& reader, unsigned& version) {
  std::size_t number = version;
  reader.read("proxy_protocol", number, "the version of the PROXY protocol (0: none)", 0, 2);
  version = static_cast<unsigned>(number);
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

}  // namespace encke::app
