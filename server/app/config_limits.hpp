// The configuration of what peers may take.
#pragma once

#include <encke/limits.hpp>
#include "server/app/config_reader.hpp"

#include <string>
#include <vector>

namespace encke::app {

ServerLimits read_limits(const nlohmann::json& value, ConfigErrors& errors);
ServiceLimits read_service_limits(const nlohmann::json& value, const std::string& path, ConfigErrors& errors);
/// $.trusted_proxies.
std::vector<std::string> read_trusted_proxies(ObjectReader& reader);

}  // namespace encke::app
