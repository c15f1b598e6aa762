// What a server serves at which paths, and what one of its loops makes of that.
#pragma once

#include "server/app/admin_pages.hpp"
#include "server/app/collector.hpp"
#include "server/app/departure.hpp"
#include "server/core/live_counts.hpp"
#include "server/core/sessions.hpp"
#include "server/core/throttle.hpp"
#include "server/core/transport.hpp"
#include "server/http/connection.hpp"
#include "server/http/router.hpp"
#include "transports/shared/gate.hpp"

#include <encke/access.hpp>
#include <encke/feed.hpp>
#include <encke/server.hpp>

#include <functional>
#include <map>
#include <memory>
#include <span>
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

  bool has(const std::string& path) const;
};

/// What one loop serves. Made before the loop runs; used and destroyed on its thread.
class Site final : public Services {
 public:
  /// `transports` and `options` outlive it.
  Site(const LoopContext& loop, const Contents& contents,
       std::span<const std::unique_ptr<Transport>> transports, const ServerOptions& options,
       std::function<bool()> ready);

  void add(const ServiceEntry& entry);
  void add(const FolderEntry& entry);
  void add(const FeedEntry& entry);
  /// New options for the service at `path`, which is there. As Sessions::set_options().
  void configure(std::string_view path, const ServiceOptions& options);
  /// Serves nothing more at `path`. The clients of a service are let go first.
  void remove(const std::string& path);

  std::unique_ptr<ByteStream::Owner> open(ByteStream& stream);
  Sessions* find(std::string_view path) const override;
  void gather(Collected& into) const;
  /// Whether there is such a session.
  bool close(const CloseOrder& order);
  void close_all();
  /// Lets the clients go, and calls `done` then. A second call does nothing.
  void drain(const DrainOptions& options, std::function<void()> done);

 private:
  using Owned = std::vector<std::unique_ptr<Sessions>>;
  /// A service, whose Sessions are among all of the loop's.
  struct Placed {
    Sessions* resumable;
    Sessions* plain;
    Gate* gate;
  };
  /// One that was removed.
  struct Left {
    Owned sessions;
    std::unique_ptr<Departure> departure;
  };

  std::function<void(std::string_view)> fault_of(const std::string& path) const;
  void mount(const std::string& path, const Placed& placed);
  /// All Sessions, those of services that were removed too.
  template <typename Call>
  void for_all(const Call& call) const {
    for (const auto& sessions : sessions_) call(*sessions);
    for (const auto& left : left_) {
      for (const auto& sessions : left->sessions) call(*sessions);
    }
  }
  /// Forgets what was removed and has no clients any more.
  void sweep();

  const LoopContext loop_;
  const std::span<const std::unique_ptr<Transport>> transports_;
  const ServerOptions& options_;
  LoopMeter all_sent_;
  std::vector<std::unique_ptr<Throttle>> throttles_;
  Owned sessions_;
  std::map<std::string, Placed, std::less<>> by_path_;
  std::vector<std::unique_ptr<Left>> left_;
  std::vector<std::unique_ptr<http::Resource>> replaced_;  // since the last sweep(): in use, maybe
  std::vector<std::unique_ptr<Gate>> gates_;
  http::Router router_;
  http::Shared shared_;
  std::unique_ptr<Departure> departure_;
};

}  // namespace encke
