// What is wrong with the options that a program gives a service.
#pragma once

#include <encke/inbox.hpp>
#include <encke/live_feed.hpp>
#include <encke/mux.hpp>
#include <encke/service_options.hpp>

#include <string>

namespace encke {

/// Throws std::runtime_error that says what cannot be served at `path` and what is expected, at the first
/// fault; the configuration file finds the same in its own way, with a place.
void check_options(const std::string& path, const ServiceOptions& options);
/// The same for what a service's capability URLs may be.
void check_inbox(const std::string& path, const InboxOptions& inbox);
/// The same for what a multiplexed session may be.
void check_mux(const std::string& path, const MuxOptions& mux, const ServiceOptions& options);
/// As that, with what a live feed has besides.
void check_live_feed(const std::string& path, const LiveFeedOptions& feed, const ServiceOptions& options);

}  // namespace encke
