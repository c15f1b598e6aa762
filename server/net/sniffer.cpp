// What a connection speaks, told from its first bytes.
#include "server/net/sniffer.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace encke::net {

void Sniffer::claim(std::string greeting, Opener opener) {
  assert(!greeting.empty());
  claims_.push_back({std::move(greeting), std::move(opener)});
}

const Sniffer::Opener* Sniffer::choose(std::string_view bytes) const {
  bool undecided = false;
  for (const Claim& claim : claims_) {
    const std::size_t shared = std::min(bytes.size(), claim.greeting.size());
    if (bytes.substr(0, shared) != std::string_view(claim.greeting).substr(0, shared)) continue;
    if (shared == claim.greeting.size()) return &claim.opener;
    undecided = true;
  }
  return undecided ? nullptr : &otherwise_;
}

}  // namespace encke::net
