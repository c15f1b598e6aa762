// What happened while the server ran, in words for the log.
#pragma once

#include <encke/flash_policy.hpp>
#include <encke/service_counts.hpp>

#include <string>

namespace encke::app {

/// What happened to the sessions of the service at `path`; empty where nothing but opening did.
std::string summary(const std::string& path, const ServiceCounts& counts);
/// What became of Flash Player's requests; empty where none came.
std::string summary(const FlashPolicyCounts& counts);

}  // namespace encke::app
