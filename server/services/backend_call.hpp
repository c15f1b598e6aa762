// A session's way to one of its gateway's backends.
#pragma once

#include "server/net/dialer.hpp"
#include "server/services/route.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace encke::services {

/// Tries what a route names, one after the other, until one is connected to, and tells the route what came of
/// each.
class BackendCall {
 public:
  using How = std::function<net::DialOptions(const net::Endpoint&)>;

  /// `loop` outlives this.
  BackendCall(net::Loop& loop, std::unique_ptr<Route> route) : loop_(loop), route_(std::move(route)) {}
  ~BackendCall() { hang_up(); }
  BackendCall(const BackendCall&) = delete;
  BackendCall& operator=(const BackendCall&) = delete;

  /// Once. `done` is called once, and not from here: with a connection, or with the last one's fault.
  void begin(How how, net::Dial::Done done);
  /// `done` is not called any more.
  void hang_up();
  /// The connection that `done` was given is over; once.
  void left() { route_->left(); }

 private:
  void dial_next();
  void dialed(const net::Dialed& dialed);

  net::Loop& loop_;
  const std::unique_ptr<Route> route_;
  How how_;
  net::Dial::Done done_;
  std::unique_ptr<net::Dial> dial_;
};

}  // namespace encke::services
