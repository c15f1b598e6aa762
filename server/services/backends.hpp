// The servers that a gateway's sessions are connected to: which is tried when.
#pragma once

#include "server/core/timer_wheel.hpp"
#include "server/net/dialer.hpp"
#include "server/net/endpoint.hpp"
#include "server/services/route.hpp"

#include <encke/metrics.hpp>
#include <encke/tcp_options.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace encke::services {

/// Of a gateway's `connect`. Throws std::runtime_error where there is none, one is no endpoint, or
/// is there twice.
std::vector<net::Endpoint> backend_endpoints(const std::vector<std::string>& connect);
/// Throws std::runtime_error where these options of a gateway cannot be used.
void check_backend_options(Millis connect_time, unsigned proxy_protocol);

/// Shared by all loops; any thread.
class Backends final : public GatewayCounts, public std::enable_shared_from_this<Backends> {
 public:
  /// `trouble`, which may be null, is told when one fails that has answered, and when it answers again; on
  /// the thread that found out. `endpoints` are at least one.
  Backends(std::string service, std::vector<net::Endpoint> endpoints, Balance balance, Millis retry_time,
           std::function<void(std::string_view)> trouble);

  std::size_t size() const { return all_.size(); }
  const net::Endpoint& endpoint(std::size_t index) const { return all_[index].endpoint; }
  /// All of them, in the order in which one session is to try them: those that answer, then those that failed
  /// lately. One that is to be tried again is put among the former for one session, until that has an answer
  /// or `patience` is over, so that not all wait for it.
  std::vector<std::size_t> order(Millis now, Millis patience);

  /// One was connected to: it answers. With `counts` a session's connection to it begins.
  void connected(std::size_t index, bool counts);
  /// That connection is over.
  void left(std::size_t index) { --all_[index].connections; }
  /// One could not be connected to; `text` says why, for the log.
  void failed(std::size_t index, net::DialFault fault, std::string_view text, Millis now);

  /// For one session, which tries them in order().
  std::unique_ptr<Route> route(bool text, Millis now, Millis patience);

  /// A row for each.
  void gather(std::vector<BackendMetrics>& rows) const override;

 private:
  struct Backend {
    net::Endpoint endpoint;
    std::atomic<bool> down{false};
    std::atomic<Millis::rep> retry_at{0};
    std::atomic<std::uint64_t> connections{0};
    std::atomic<std::uint64_t> connected{0};
    std::array<std::atomic<std::uint64_t>, net::kDialFaults> failures{};
  };
  bool is_to_be_tried(Backend& backend, Millis now, Millis patience) const;

  const std::string service_;
  const Balance balance_;
  const Millis retry_time_;
  const std::function<void(std::string_view)> trouble_;
  std::vector<Backend> all_;
  std::atomic<std::size_t> turn_{0};  // of round_robin
};

}  // namespace encke::services
