// What a configuration says of the servers behind a gateway, whatever is spoken to them.
#pragma once

#include "server/app/config_reader.hpp"

#include <encke/tcp_options.hpp>

#include <array>
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace encke::app {

/// Keys that all gateways have beside `tls`.
inline constexpr std::array<std::string_view, 7> kBackendKeys{
    "connect",       "balance",       "connect_seconds", "idle_seconds",
    "retry_seconds", "check_seconds", "proxy_protocol"};

/// A host's name or a numeric address, as certificates have them.
bool is_peer_name(std::string_view text);

/// The object `value` at `path`: {"authorities": ..., "name": ...}, the file relative to `base`.
BackendTls read_backend_tls(const nlohmann::json& value, const std::string& path,
                            const std::filesystem::path& base, ConfigErrors& errors);

/// `alternative` is told where there is none: "; or ...".
void read_connect(ObjectReader& reader, std::vector<std::string>& connect, std::string_view alternative,
                  ConfigErrors& errors);
void read_balance(ObjectReader& reader, Balance& balance);
void read_proxy_protocol(ObjectReader& reader, unsigned& version);

/// kBackendKeys but `connect`, into the members of these names.
template <typename Options>
void read_backends(ObjectReader& reader, Options& options) {
  using namespace std::chrono_literals;
  read_balance(reader, options.balance);
  reader.read_seconds("connect_seconds", options.connect_time, 100ms, 10min, false);
  reader.read_seconds("idle_seconds", options.idle_time, 1s, 24h, true);
  reader.read_seconds("retry_seconds", options.retry_time, 100ms, 24h, false);
  reader.read_seconds("check_seconds", options.check_time, 100ms, 24h, true);
  read_proxy_protocol(reader, options.proxy_protocol);
}

}  // namespace encke::app
