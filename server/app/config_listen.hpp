// The configuration of the listeners: listen.
#pragma once

#include "server/app/config_reader.hpp"
#include "server/app/listen_address.hpp"

#include <encke/tls_options.hpp>

#include <filesystem>
#include <optional>
#include <vector>

namespace encke::app {

struct ListenConfig {
  ListenAddress address;
  std::optional<TlsOptions> tls = {};
  bool proxy_protocol = false;  ///< each connection begins with a PROXY header

  bool operator==(const ListenConfig&) const = default;
};

/// Reads the value of listen; what is wrong becomes errors. Relative files start at `base`.
std::vector<ListenConfig> read_listen(const nlohmann::json& value, const std::filesystem::path& base,
                                      ConfigErrors& errors);

}  // namespace encke::app
