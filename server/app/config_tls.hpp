// The configuration of TLS at a listener: listen[].tls.
#pragma once

#include "server/app/config_reader.hpp"

#include <encke/tls_options.hpp>

#include <filesystem>
#include <string>

namespace encke::app {

/// Reads the value at `path`; what is wrong becomes errors. Relative files start at `base`.
TlsOptions read_tls(const nlohmann::json& value, const std::string& path, const std::filesystem::path& base,
                    ConfigErrors& errors);

}  // namespace encke::app
