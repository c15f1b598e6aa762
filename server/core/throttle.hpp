// Messages and bytes a second: what browsers may send to a service, judged on one loop.
#pragma once

#include <encke/limits.hpp>
#include "server/core/timer_wheel.hpp"
#include "server/core/token_bucket.hpp"

#include <cstddef>
#include <vector>

namespace encke {

class Session;

/// What may come in a second, and how much has.
struct Rates {
  Rate messages;
  Rate bytes;
};
struct Meter {
  TokenBucket messages;
  TokenBucket bytes;

  bool open(const Rates& rates, Millis now) {
    const bool some = messages.open(rates.messages, now);
    return bytes.open(rates.bytes, now) && some;
  }
  void count(const Rates& rates, std::size_t size) {
    messages.take(rates.messages, 1);
    bytes.take(rates.bytes, size);
  }
};

/// All that browsers send to one loop, whatever the service.
struct LoopMeter {
  LoopMeter(const ServerLimits& limits, unsigned loops);
  static Rates rates_of(const ServerLimits& limits, unsigned loops);
  Rates rates;  // may become others
  Meter meter;
};

/// One per service and loop, shared by its Sessions; outlives them. A loop's share of what is allowed to a
/// service, or to the server, is what all its loops may have by their number, and one message at least.
class Throttle final : private TimerWheel::Timer {
 public:
  /// `all`, which outlives this, is the loop's.
  Throttle(TimerWheel& timers, const ServiceLimits& limits, unsigned loops, LoopMeter& all);

  /// Whether anything is counted at all.
  static bool is_needed(const ServiceLimits& service, const ServerLimits& server);

  /// Whether a message of the session with this meter may be delivered now.
  bool lets(Meter& meter);
  /// One has been delivered.
  void count(Meter& meter, std::size_t size);

  /// Session::unthrottle() follows, soon.
  void hold(Session& session);
  void forget(Session& session);

 private:
  void on_timer() override;

  TimerWheel& timers_;
  LoopMeter& all_;
  const Rates each_;
  const Rates service_;
  Meter meter_;
  std::vector<Session*> held_;
};

}  // namespace encke
