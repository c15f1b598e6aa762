// Where one session of a gateway is connected to.
#pragma once

#include "server/core/timer_wheel.hpp"
#include "server/net/dialer.hpp"
#include "server/net/endpoint.hpp"

#include <encke/metrics.hpp>

#include <string_view>
#include <vector>

namespace encke::services {

/// What pages are told of a target that is not theirs to connect to, whatever the cause: which it was would
/// tell them what is behind the gateway.
inline constexpr std::string_view kForbiddenText = "the target may not be connected to";

/// Of one loop; its session has it.
class Route {
 public:
  virtual ~Route() = default;

  /// What comes from the server reaches the page as text.
  virtual bool is_text() const = 0;
  /// Whether there is somebody else to try.
  virtual bool has_next() const = 0;
  /// Who is tried now; lives as long as this.
  virtual const net::Endpoint& next() = 0;
  /// Asked of each of its addresses.
  virtual bool may_reach(const Address& address) const = 0;
  /// What the page is told once there is a connection; empty: nothing.
  virtual std::string_view greeting() const = 0;

  // ---- what became of the last that was tried ----
  virtual void connected() = 0;
  /// That connection is over.
  virtual void left() = 0;
  virtual void failed(const net::Dialed& dialed, Millis now) = 0;
};

/// What a gateway counts. Any thread.
class GatewayCounts {
 public:
  virtual ~GatewayCounts() = default;
  /// Adds its rows.
  virtual void gather(std::vector<BackendMetrics>& rows) const = 0;
};

}  // namespace encke::services
