// The policy server as a part of the server.
#include "server/app/policy_server.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace encke {

namespace {

// No other protocol that is spoken here begins so: whose first byte this is asks for the policy, or errs.
constexpr char kFirstByte[] = "<";

/// For each loop. The connections that only wait may have a quarter of the descriptors: what is over is for
/// those who ask, and for all else.
std::size_t most_waiting(unsigned workers) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return policy::kMostWaiting;
  return std::clamp<rlim_t>(limit.rlim_cur / 4 / workers, 1, policy::kMostWaiting);
}

void check(const std::vector<policy::Fault>& faults) {
  if (!faults.empty()) throw std::runtime_error(policy::first_of(faults));
}

}  // namespace

PolicyServer::PolicyServer(const std::optional<FlashPolicy>& policy, unsigned workers,
                           const policy::Desk::Trouble& trouble)
    : policy_(policy) {
  if (!policy_) return;
  check(policy::faults_of(*policy_));
  answers_.emplace(*policy_);
  for (unsigned worker = 0; worker < workers; ++worker) {
    desks_.push_back(std::make_unique<policy::Desk>(*answers_, counts_, trouble, most_waiting(workers)));
  }
  alone_.at_once([this](ByteStream& stream) { return open(stream, policy::Place::alone); });
}

void PolicyServer::claim_in_line(net::Sniffer& sniffer) {
  sniffer.claim(kFirstByte, [this](ByteStream& stream) { return open(stream, policy::Place::in_line); });
}

void PolicyServer::listen(net::Workers& workers, std::vector<std::uint16_t> in_line) {
  if (!policy_) return;
  policy::Serving serving{.alone = {}, .in_line = std::move(in_line)};
  for (const std::string& address : policy_->listen) {
    for (const net::Workers::Address& bound : workers.listen(address, &alone_)) {
      addresses_.push_back(bound.text);
      serving.alone.push_back(bound.port);
    }
  }
  check(policy::faults_of(*policy_, serving));
}

std::unique_ptr<ByteStream::Owner> PolicyServer::open(ByteStream& stream, policy::Place place) {
  return desks_.empty() ? nullptr : desks_[stream.loop().worker]->open(stream, place);
}

}  // namespace encke
