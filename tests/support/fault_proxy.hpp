// A TCP proxy on loopback that harms what goes through it, as planned.
#pragma once

#include "tests/support/fault_plan.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

struct event_base;
struct event;
struct evconnlistener;

namespace encke::test {

class FaultyConnection;

/// Lives on the loop that it is given and is used on its thread only.
class FaultProxy {
 public:
  /// Listens on 127.0.0.1, on `port` or on one of the system's choice; passes on to 127.0.0.1:`to`. Throws
  /// std::runtime_error where it cannot listen.
  FaultProxy(event_base* base, std::uint16_t to, FaultPlanner planner, std::uint16_t port = 0);
  /// Ends its connections.
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  std::uint16_t port() const { return port_; }
  /// How many came, how many have had their fault, and how many are still here.
  unsigned connections() const { return connections_; }
  unsigned faults() const { return faults_; }
  std::size_t open() const { return open_.size(); }

 private:
  friend class FaultyConnection;
  void accepted(int socket);
  void retire(FaultyConnection& connection);
  void bury();

  event_base* const base_;
  const std::uint16_t to_;
  const FaultPlanner planner_;
  evconnlistener* listener_ = nullptr;
  event* burial_ = nullptr;
  std::uint16_t port_ = 0;
  unsigned connections_ = 0;
  unsigned faults_ = 0;
  std::vector<std::unique_ptr<FaultyConnection>> open_;
  std::vector<std::unique_ptr<FaultyConnection>> dead_;  // until the callback that ended them has returned
};

}  // namespace encke::test
