// What is wrong with the options that a program gives a service.
#pragma once

#include <encke/inbox.hpp>
#include <encke/service_options.hpp>

#include <string>

namespace encke {

/// Throws std::runtime_error that says what cannot be served at `path` and what is expected, at the first
/// fault; the configuration file finds the same in its own way, with a place.
void check_options(const std::string& path, const ServiceOptions& options);
/// The same for what a service's capability URLs may be.
void check_inbox(const std::string& path, const InboxOptions& inbox);

}  // namespace encke
