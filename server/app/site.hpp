// What one loop makes of what a server serves.
#pragma once

#include "server/app/admin_pages.hpp"
#include "server/app/collector.hpp"
#include "server/app/contents.hpp"
#include "server/app/departure.hpp"
#include "server/app/place.hpp"
#include "server/app/succession.hpp"
#include "server/core/transport.hpp"
#include "server/http/connection.hpp"
#include "server/http/router.hpp"
#include "server/mux/setting.hpp"

#include <encke/server.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace encke {

/// What one loop serves. Made before the loop runs; used and destroyed on its thread.
class Site final : public Services, public mux::Targets, private TimerWheel::Timer {
 public:
  /// What was removed and is not needed any more is gone after so much time.
  static constexpr Millis kTidyTime{1'000};

  /// `transports` and `options` outlive it. `trusted` are the proxies whose word on their clients is taken.
  Site(const LoopContext& loop, const Contents& contents,
       std::span<const std::unique_ptr<Transport>> transports, const ServerOptions& options,
       const Networks& trusted, std::function<bool()> ready);
  ~Site() override;

  void add(const ServiceEntry& entry);
  void add(const FolderEntry& entry);
  void add(const FeedEntry& entry);
  /// New options for the service at `path`, which is there. As Sessions::set_options().
  void configure(std::string_view path, const ServiceOptions& options);
  /// The guard's limits are others.
  void obey_limits();
  void trust(const Networks& proxies) { shared_.trusted = proxies; }
  /// Serves nothing more at `path`. The clients of a service are let go first.
  void remove(const std::string& path);

  std::unique_ptr<ByteStream::Owner> open(ByteStream& stream);
  Sessions* find(std::string_view path) const override;
  std::optional<mux::Target> target(std::string_view path) const override;
  void gather(Collected& into) const;
  /// Whether there is such a session.
  bool close(const CloseOrder& order);
  /// The loop is to stop: all sessions close, and no feed brings anything more.
  void close_all();
  /// Lets the clients go, and calls `done` then. A second call does nothing.
  void drain(const DrainOptions& options, std::function<void()> done);

 private:
  std::function<void(std::string_view)> fault_of(const std::string& path) const;
  /// The service that is found at `path`; null where there is none.
  Place* at(std::string_view path) const;
  /// Puts `resource` at `path`, in the place of what is there.
  void mount(const std::string& path, std::unique_ptr<http::Resource> resource);
  /// Takes what is at `path` out of its place, if anything is.
  void unmount(std::string_view path);
  /// All Sessions, those of services that were removed too; last those that carry others.
  std::vector<Sessions*> all() const;
  void on_timer() override;

  const LoopContext loop_;
  const std::span<const std::unique_ptr<Transport>> transports_;
  const ServerOptions& options_;
  LoopMeter all_sent_;
  std::vector<std::unique_ptr<Place>> places_;
  std::vector<Succession::Left> left_;  // by services that somebody, on some loop, may not have left yet
  http::Router router_;
  http::Shared shared_;
  std::unique_ptr<Departure> departure_;
};

}  // namespace encke
