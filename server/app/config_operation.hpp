// The "log" and "drain" of a configuration file.
#pragma once

#include "server/app/config.hpp"
#include "server/app/config_reader.hpp"

#include <nlohmann/json.hpp>

namespace encke::app {

/// Read the objects at $.log and $.drain into `config`. What is wrong goes to `errors`.
void read_log(const nlohmann::json& value, Config& config, ConfigErrors& errors);
void read_drain(const nlohmann::json& value, Config& config, ConfigErrors& errors);

}  // namespace encke::app
