// The policy server as a part of the server: on listeners of its own, and in-line on all others.
#pragma once

#include "server/net/workers.hpp"
#include "server/policy/desk.hpp"

#include <encke/flash_policy.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace encke {

/// Made before the loops and outlives them; not movable.
class PolicyServer {
 public:
  /// Throws std::runtime_error with the first fault of the policy. Without one, policy requests are refused.
  PolicyServer(const std::optional<FlashPolicy>& policy, unsigned workers,
               const policy::Desk::Trouble& trouble);
  PolicyServer(const PolicyServer&) = delete;
  PolicyServer& operator=(const PolicyServer&) = delete;

  /// Claims the connections of `sniffer` that ask for the policy.
  void claim_in_line(net::Sniffer& sniffer);
  /// Binds the listeners that answer policy requests alone. `in_line` are the ports of the others. Throws
  /// std::runtime_error where that fails, and where the policy says what it cannot bring about from all these
  /// ports.
  void listen(net::Workers& workers, std::vector<std::uint16_t> in_line);

  /// Where listen() bound them.
  const std::vector<std::string>& addresses() const { return addresses_; }
  FlashPolicyCounts counts() const { return counts_.now(); }

 private:
  std::unique_ptr<ByteStream::Owner> open(ByteStream& stream, policy::Place place);

  const std::optional<FlashPolicy> policy_;
  std::optional<policy::Answers> answers_;
  policy::LiveCounts counts_;
  std::vector<std::unique_ptr<policy::Desk>> desks_;  // one for each loop; none without a policy
  net::Sniffer alone_;
  std::vector<std::string> addresses_;
};

}  // namespace encke
