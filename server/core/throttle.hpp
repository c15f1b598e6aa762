// Messages and bytes a second: what browsers may send to a service, judged on one loop.
#pragma once

#include <encke/limits.hpp>
#include "server/core/guard.hpp"
#include "server/core/loop_context.hpp"
#include "server/core/rates.hpp"
#include "server/core/timer_wheel.hpp"

#include <cstddef>
#include <vector>

namespace encke {

class Session;

/// All that browsers send to one loop, whatever the service.
struct LoopMeter {
  LoopMeter(const ServerLimits& limits, unsigned loops);
  static Rates rates_of(const ServerLimits& limits, unsigned loops);
  Rates rates;  // may become others
  Meter meter;
};

/// One per service and loop, shared by its Sessions; outlives them. A loop's share of what is allowed to a
/// service, or to the server, is what all its loops may have by their number, and one message at least. What
/// an address may send is no loop's: the guard knows.
class Throttle final : private TimerWheel::Timer {
 public:
  /// `all`, which outlives this, is the loop's.
  Throttle(const LoopContext& loop, const ServiceLimits& limits, LoopMeter& all);

  /// Whether anything is counted at all.
  static bool is_needed(const ServiceLimits& service, const ServerLimits& server);

  /// Whether a message of the session with this meter and these places may be delivered now.
  bool lets(Meter& meter, const Places& places);
  /// One has been delivered.
  void count(Meter& meter, const Places& places, std::size_t size);

  /// Session::unthrottle() follows, soon.
  void hold(Session& session);
  void forget(Session& session);

 private:
  void on_timer() override;

  /// The guard, where it counts what the address with these places sends; or null.
  Guard* guard_of(const Places& places) const;

  const LoopContext loop_;
  LoopMeter& all_;
  const Rates each_;
  const Rates service_;
  Meter meter_;
  std::vector<Session*> held_;
};

}  // namespace encke
