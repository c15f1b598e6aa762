// What a configuration says of a service of type tcp.
#pragma once

#include "server/app/config_backends.hpp"

#include <encke/tcp_options.hpp>

#include <array>
#include <filesystem>
#include <string_view>

namespace encke::app {

/// Its keys beside kBackendKeys.
inline constexpr std::array<std::string_view, 6> kTcpKeys{"targets", "handshake_seconds", "data",
                                                          "tls",     "half_close",        "webirc"};

/// Reads all of those of a service, and the files that they name, relative to `base`.
TcpOptions read_tcp(ObjectReader& reader, const std::filesystem::path& base, ConfigErrors& errors);

/// One of DNS, as "127.0.0.1:53" or "[::1]:53"; without a port it is 53.
bool is_name_server(std::string_view text);
inline constexpr std::string_view kNameServerForm =
    "the numeric address of a server of DNS, as \"192.0.2.1\" or \"192.0.2.1:53\"";

}  // namespace encke::app
