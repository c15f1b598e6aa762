// What the page for operators shows, told it once a second by a service like any other.
#pragma once

#include "server/app/collector.hpp"
#include "server/core/loop_context.hpp"
#include "server/core/timer_wheel.hpp"

#include <encke/channel.hpp>

#include <string>
#include <vector>

namespace encke {

/// Of the first loop, as the channels that it serves. Nothing is gathered while nobody looks.
class AdminLive final : private TimerWheel::Timer {
 public:
  /// `collector` outlives it.
  AdminLive(const LoopContext& loop, Collector& collector) : loop_(loop), collector_(collector) {}
  ~AdminLive() override { *alive_ = false; }

  /// The service: what comes up means nothing; down goes what live_text() writes.
  Service service();

 private:
  void on_timer() override;
  void gather();

  const LoopContext& loop_;
  Collector& collector_;
  std::vector<Channel*> channels_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// One moment as JSON: what docs/metrics.md describes, by shorter names.
std::string live_text(const Collected& collected);

}  // namespace encke
