// What a service of the type "mux" has besides what all have.
#pragma once

#include "server/app/config.hpp"
#include "server/app/config_reader.hpp"

#include <array>
#include <string_view>
#include <vector>

namespace encke::app {

/// The keys that only such services have.
inline constexpr std::array<std::string_view, 4> kMuxKeys{"services", "streams", "window_bytes",
                                                          "partial_bytes"};

/// Reads them. What is wrong goes to `errors`.
MuxOptions read_mux(ObjectReader& reader, ConfigErrors& errors);

/// What each carries is there, is not of its kind, and lists no origins unless it does too.
void check_carried(const std::vector<ServiceConfig>& services, ConfigErrors& errors);

}  // namespace encke::app
