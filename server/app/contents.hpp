// What a server serves at which paths, as it was told.
#pragma once

#include "server/core/live_counts.hpp"

#include <encke/access.hpp>
#include <encke/channel.hpp>
#include <encke/feed.hpp>
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
