// The configuration of the door for operators: admin.
#pragma once

#include "server/app/config_reader.hpp"

#include <encke/admin.hpp>

#include <filesystem>

namespace encke::app {

/// Reads the value of admin, and the token's file; what is wrong becomes errors. Relative files start at
/// `base`.
AdminOptions read_admin(const nlohmann::json& value, const std::filesystem::path& base, ConfigErrors& errors);

}  // namespace encke::app
