// What a server serves at which paths, as it was told.
#pragma once

#include "server/core/live_counts.hpp"
#include "server/services/inbox_desk.hpp"
#include "server/services/live_feed.hpp"

#include <encke/access.hpp>
#include <encke/channel.hpp>
#include <encke/feed.hpp>
#include <encke/mux.hpp>
#include <encke/service_options.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace encke {

struct ServiceEntry {
  std::string path;
  Service service;
  ServiceOptions options;
  std::shared_ptr<LiveCounts> counts = {};  // set once it is served
  Authorizer authorizer{};
  AccessOptions access{};
  std::shared_ptr<services::InboxSetup> inbox = {};  // of a service that gives out capability URLs
  InboxService inbox_service{};                      // and then in the place of `service`
  std::shared_ptr<services::LiveFeed> live{};        // where it is a live feed
  std::shared_ptr<const MuxOptions> mux{};  // where its sessions are multiplexed, without a `service`
  bool blocks = false;                      // slow_reader is block, whatever its options say
};

struct FolderEntry {
  std::string path;
  std::string folder;
};

struct FeedEntry {
  std::string path;
  std::string type;
  FeedService service;
};

struct Contents {
  std::vector<ServiceEntry> services;
  std::vector<FolderEntry> folders;
  std::vector<FeedEntry> feeds;

  bool has(std::string_view path) const;
};

}  // namespace encke
