// The "services" of a configuration file.
#pragma once

#include "server/app/config.hpp"
#include "server/app/config_reader.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace encke::app {

/// Reads the object at $.services, whose keys are paths, and the files that it names, relative to `base`.
/// What is wrong goes to `errors`.
std::vector<ServiceConfig> read_services(const nlohmann::json& services, const std::filesystem::path& base,
                                         std::span<const std::string_view> transports, ConfigErrors& errors);

/// What is expected of a path that something is served at; empty where this one is good. A service's path and
/// a mount.
std::string_view path_fault(std::string_view path);

/// Whether `path` is `above` or lies below it: "/a/b" is below "/a", "/ab" is not.
bool is_below(std::string_view path, std::string_view above);

}  // namespace encke::app
