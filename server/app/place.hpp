// A service at its path, on one loop: what it is made of comes, serves and goes together.
#pragma once

#include "server/app/collector.hpp"
#include "server/app/contents.hpp"
#include "server/app/departure.hpp"
#include "server/app/inbox_page.hpp"
#include "server/core/sessions.hpp"
#include "server/core/throttle.hpp"
#include "server/core/transport.hpp"
#include "server/http/exchange.hpp"
#include "server/mux/setting.hpp"
#include "server/services/inbox_desk.hpp"
#include "transports/shared/gate.hpp"

#include <encke/server.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace encke {

/// Belongs to the loop's site. A service that was removed keeps its place until its clients have gone, and
/// lives until nobody needs it: a socket that has not spoken yet, a request that waits to be let in.
class Place final : public Disposable {
 public:
  using Fault = std::function<void(std::string_view)>;
  /// `all_sent`, which is the loop's, `targets` and `options` outlive it.
  Place(const LoopContext& loop, const ServiceEntry& entry, const ServerOptions& options, LoopMeter& all_sent,
        const mux::Targets& targets, const Fault& fault);
  ~Place() override { stop_live(); }

  const std::string& path() const { return path_; }
  Sessions& plain() { return plain_; }
  Sessions& resumable() { return resumable_; }

  /// Makes the way in, as its options have it by now; `transports` outlive it. Who came by the one before may
  /// need that yet. Before the first request.
  void open(std::span<const std::unique_ptr<Transport>> transports);
  /// The verdict on a request for `rest`, behind its path. As http::Resource.
  http::Admission admit(http::Request& request, std::string_view rest) {
    if (inbox_page_ && InboxPage::answers(rest)) return inbox_page_->admit(request, rest);
    return way_in_->admit(request, rest);
  }
  /// Whether `rest`, behind its path, names a session that it has.
  bool has_session_of(std::string_view rest);
  void mounted() { mounted_ = true; }
  /// It is not found at its path any more.
  void unmounted() { mounted_ = false; }
  bool is_mounted() const { return mounted_; }
  /// Whether its sessions are multiplexed.
  bool carries() const { return mux_ != nullptr; }
  /// For a stream to its service.
  mux::Target target();
  /// Expired once no loop has such a place, and nobody serves its service.
  const std::weak_ptr<LiveCounts>& service() const { return service_; }

  /// What feeds it, on the feed's home loop; null elsewhere, and where nothing does.
  const std::shared_ptr<services::LiveFeed>& live() const { return live_; }

  void configure(const ServiceOptions& options);
  /// Nothing more comes from the source of a live feed.
  void stop_live() {
    if (live_) live_->stop();
  }
  /// The server's limits are others.
  void obey_limits();
  /// Adds what it counts.
  void gather(Collected& into) const;
  /// Lets the clients go, and calls `gone` then.
  void leave(std::function<void()> gone);

  /// Deletes what nobody needs any more. Whether all is as it will stay.
  bool tidy();
  /// Whether all of it may be deleted.
  bool deserted() const;

 private:
  bool has_waiting() const { return gate_ && gate_->undecided() > 0; }

  const LoopContext loop_;
  const std::string path_;
  const std::weak_ptr<LiveCounts> service_;
  const std::shared_ptr<services::LiveFeed> live_;
  LoopMeter& all_sent_;
  const Fault fault_;
  const std::unique_ptr<const mux::Setting> mux_;
  std::unique_ptr<Throttle> throttle_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<services::InboxDesk> desk_;
  std::unique_ptr<InboxPage> inbox_page_;
  Sessions resumable_;
  Sessions plain_;
  const ServerOptions& options_;
  std::unique_ptr<Departure> departure_;
  std::unique_ptr<http::Resource> way_in_;
  std::vector<std::unique_ptr<http::Resource>> replaced_;  // ways in
  bool mounted_ = false;
};

}  // namespace encke
