// The configuration of a service that gives out capability URLs.
#pragma once

#include <encke/inbox.hpp>
#include "server/app/config_reader.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace encke::app {

/// Reads the object at `path`. What is wrong goes to `errors`.
InboxOptions read_inbox(const nlohmann::json& value, const std::string& path, ConfigErrors& errors);

}  // namespace encke::app
