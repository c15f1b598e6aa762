// The "tokens" of a service in a configuration file.
#pragma once

#include "server/app/config_reader.hpp"
#include "server/tokens/policy.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace encke::app {

/// Reads the object at `path`, and the key's file, which stands relative to `base`. What is wrong goes to
/// `errors`, which name the file and never what is in it.
tokens::Policy read_tokens(const nlohmann::json& value, const std::string& path,
                           const std::filesystem::path& base, ConfigErrors& errors);

}  // namespace encke::app
