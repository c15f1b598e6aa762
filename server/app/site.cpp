// What one loop serves.
#include "server/app/site.hpp"

#include "server/app/client_files.hpp"
#include "server/app/feed_page.hpp"
#include "server/http/content.hpp"
#include "transports/shared/sockjs_service.hpp"

#include <utility>

namespace encke {

Site::Site(const LoopContext& loop, const Contents& contents,
           std::span<const std::unique_ptr<Transport>> transports, const ServerOptions& options,
           std::function<bool()> ready)
    : loop_(loop), all_sent_(loop.limits(), loop.workers), shared_(router_) {
  const auto fault_of = [&options](const std::string& service) {
    return [path = service, on_trouble = options.on_trouble](std::string_view what) {
      if (on_trouble) on_trouble("the service " + path + " threw: " + std::string(what));
    };
  };
  for (const ServiceEntry& entry : contents.services) {
    const auto fault = fault_of(entry.path);
    Throttle* throttle = nullptr;
    if (Throttle::is_needed(entry.options.limits, loop.limits())) {
      auto made = std::make_unique<Throttle>(loop.timers, entry.options.limits, loop.workers, all_sent_);
      throttle = throttles_.emplace_back(std::move(made)).get();
    }
    const auto open = [&](Sessions::Kind kind) -> Sessions& {
      Sessions& sessions = *sessions_.emplace_back(std::make_unique<Sessions>(
          loop, entry.path, entry.options, entry.service, fault, kind, entry.counts));
      sessions.set_throttle(throttle);
      return sessions;
    };
    Sessions& resumable = open(Sessions::Kind::resumable);
    by_path_.emplace(entry.path, &resumable);
    Gate* gate = nullptr;
    if (entry.authorizer) {
      gate = gates_.emplace_back(std::make_unique<Gate>(entry.authorizer, entry.access, fault)).get();
    }
    auto facade = std::make_unique<facade::FacadeService>(resumable, transports, options.on_report,
                                                          facade::kMostWaiting, gate);
    router_.mount(entry.path, std::make_unique<sockjs::SockjsService>(open(Sessions::Kind::plain), transports,
                                                                      std::move(facade), gate));
  }
  for (const FeedEntry& entry : contents.feeds) {
    router_.mount(entry.path, make_feed_page(entry.type, entry.service, fault_of(entry.path)));
  }
  for (const FolderEntry& entry : contents.folders)
    router_.mount(entry.path, http::make_static_files(entry.folder));
  if (options.health) router_.mount("/health", make_health_page(std::move(ready)));
  for (const auto& [path, file] : client_files()) {
    router_.mount(std::string(path), http::make_memory_file(file));
  }
}

}  // namespace encke
