// A gateway whose pages name the target.
//
//   asked ──▶ dialing ──▶ joined   as a Relay has it, which takes the channel over with the page's first
//   message
//     │          │
//     └──────────┴──▶ refused      one code and one text, whatever rule or address it was
#pragma once

#include "server/core/tally.hpp"
#include "server/core/target_rules.hpp"
#include "server/net/workers.hpp"
#include "server/services/relay.hpp"
#include "server/services/route.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace encke::services {

/// Who asks.
struct Asker {
  std::string origin;   ///< of the page; empty: none was told
  std::string address;  ///< its client's
  std::optional<TargetRules>
      narrowed;  ///< what it may ask for by its own grant; nothing: all that the rules say
};

/// The rules, and what became of what was asked. Shared by all loops; any thread.
class Targets final : public GatewayCounts, public std::enable_shared_from_this<Targets> {
 public:
  using Trouble = std::function<void(std::string_view)>;
  /// `service` is the path, for the log; `trouble`, which may be null, is told of refusals, once a minute at
  /// most, on any loop. `workers` outlives this.
  Targets(std::string service, const std::vector<TargetRule>& rules, const net::Workers& workers,
          Trouble trouble);

  /// Whether the page may ask for that.
  bool name(const Asker& asker, const net::Endpoint& to) const;
  /// Whether that address of it may be connected to: never one of our own listeners'.
  bool may_reach(const Asker& asker, const net::Endpoint& to, const Address& address) const;

  /// A target was refused: `asked` is what the page said, visible ASCII.
  void refused(const Asker& asker, std::string_view asked, Millis now);
  /// A page has said nothing of the right form, or nothing in time.
  void no_handshake() { ++no_handshake_; }
  void connected();
  void left() { --connections_; }
  void failed(net::DialFault fault) { ++failures_[static_cast<std::size_t>(fault)]; }

  /// One row, whose backend is "targets": a label for each target would be for pages to choose.
  void gather(std::vector<BackendMetrics>& rows) const override;

 private:
  const std::string service_;
  const TargetRules rules_;
  const net::Workers& workers_;
  const Trouble trouble_;
  Tally refused_;
  std::atomic<std::uint64_t> no_handshake_{0};
  std::atomic<std::uint64_t> connections_{0};
  std::atomic<std::uint64_t> connected_{0};
  std::array<std::atomic<std::uint64_t>, net::kDialFaults> failures_{};
};

/// Waits for the page's first message, and connects it to what that names. Only inside the service function.
void await_target(net::Loop& loop, const std::shared_ptr<const GatewayPlan>& plan,
                  const std::shared_ptr<Targets>& targets, Channel& channel);

}  // namespace encke::services
