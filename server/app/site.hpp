// What one loop serves: the services, the folders and the files of the server.
#pragma once

#include "server/app/admin_pages.hpp"
#include "server/app/collector.hpp"
#include "server/app/departure.hpp"
#include "server/core/sessions.hpp"
#include "server/core/throttle.hpp"
#include "server/core/transport.hpp"
#include "server/http/connection.hpp"
#include "server/http/router.hpp"
#include "transports/shared/gate.hpp"

#include <encke/access.hpp>
#include <encke/channel.hpp>
#include <encke/feed.hpp>
#include <encke/server.hpp>
#include <encke/service_options.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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

/// What is served at which paths.
struct Contents {
  std::vector<ServiceEntry> services;
  std::vector<FolderEntry> folders;
  std::vector<FeedEntry> feeds;

  bool has(const std::string& path) const {
    const auto taken = [&path](const auto& entry) { return entry.path == path; };
    return std::any_of(services.begin(), services.end(), taken) ||
           std::any_of(folders.begin(), folders.end(), taken) ||
           std::any_of(feeds.begin(), feeds.end(), taken);
  }
};

/// What one loop serves. Made before the loop runs; used and destroyed on its thread.
class Site final : public Services {
 public:
  Site(const LoopContext& loop, const Contents& contents,
       std::span<const std::unique_ptr<Transport>> transports, const ServerOptions& options,
       std::function<bool()> ready);

  std::unique_ptr<ByteStream::Owner> open(ByteStream& stream) {
    return std::make_unique<http::Connection>(stream, shared_);
  }
  Sessions* find(std::string_view path) const override {
    const auto found = by_path_.find(path);
    return found == by_path_.end() ? nullptr : found->second;
  }
  void gather(Collected& into) const {
    for (const auto& sessions : sessions_) gather_sessions(*sessions, into);
  }
  bool close(const CloseOrder& order) {
    const auto is = [&order](const Session& session) { return session_key(session) == order.session; };
    return std::any_of(sessions_.begin(), sessions_.end(), [&](const auto& sessions) {
      return sessions->close_where(is, order.code, order.reason);
    });
  }
  void close_all() {
    for (const auto& sessions : sessions_) {
      sessions->close_all(close_code::kGoingAway, kGoingAwayText);
    }
  }
  /// Lets the clients go, and calls `done` then. A second call does nothing.
  void drain(const DrainOptions& options, std::function<void()> done) {
    if (departure_) return;
    const auto all = [this] { return Departure::All(sessions_); };
    departure_ = std::make_unique<Departure>(loop_, options, all, std::move(done));
  }

 private:
  const LoopContext loop_;
  LoopMeter all_sent_;
  std::vector<std::unique_ptr<Throttle>> throttles_;
  std::vector<std::unique_ptr<Sessions>> sessions_;
  std::map<std::string, Sessions*, std::less<>> by_path_;  // those of the facade
  std::vector<std::unique_ptr<Gate>> gates_;
  http::Router router_;
  http::Shared shared_;
  std::unique_ptr<Departure> departure_;
};

}  // namespace encke
