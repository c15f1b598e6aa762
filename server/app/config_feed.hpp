// What a service of the type "feed" has besides what all have.
#pragma once

#include "server/app/config.hpp"
#include "server/app/config_reader.hpp"

#include <array>
#include <string_view>

namespace encke::app {

/// The keys that only such services have.
inline constexpr std::array<std::string_view, 4> kFeedKeys{"source", "key", "last_value", "most_keys"};

/// Reads them. What is wrong goes to `errors`.
LiveFeedOptions read_feed(ObjectReader& reader, ConfigErrors& errors);

/// Two feeds cannot both have what comes to one address; groups they can.
void check_feed_sources(const std::vector<ServiceConfig>& services, ConfigErrors& errors);

}  // namespace encke::app
