// How much each address has, exactly, over all loops.
#pragma once

#include "server/core/keyed_hash.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace encke {

/// Peers choose their addresses, of IPv6 at least.
struct NetworkHash {
  KeyedHash keyed;
  std::size_t operator()(std::uint64_t network) const {
    return keyed({reinterpret_cast<const char*>(&network), sizeof network});
  }
};

/// Any thread. An address costs memory while it has something. It is asked when a connection or a session
/// comes and goes, never for a message; of its parts, each with a lock, an address has always the same.
class AddressTable {
 public:
  enum class Kind : std::uint8_t { connection, handshake, session };
  /// Where an address is counted; good as long as something of it is.
  using Slot = std::uint32_t;
  static constexpr Slot kNone = 0;

  /// One more of `kind` for the network (Address::network()); kNone where it has `most` already, and nothing
  /// is counted then.
  Slot take(std::uint64_t network, Kind kind, std::size_t most);
  /// The same for an address that has something already.
  bool take_more(Slot slot, Kind kind, std::size_t most);
  void give_back(Slot slot, Kind kind);

  /// How many of `kind` the network has now.
  std::size_t held(std::uint64_t network, Kind kind);
  /// Addresses that have something.
  std::size_t size();

 private:
  static constexpr std::uint32_t kParts = 16;
  static constexpr std::size_t kKinds = 3;

  struct Entry {
    std::uint64_t network = 0;
    std::array<std::uint32_t, kKinds> held{};
  };
  struct Part {
    std::mutex lock;
    std::unordered_map<std::uint64_t, std::uint32_t, NetworkHash> by_network;
    std::deque<Entry> entries;
    std::vector<std::uint32_t> free;
  };

  Part& part_of(std::uint64_t network) { return parts_[hash_(network) % kParts]; }

  NetworkHash hash_;
  std::array<Part, kParts> parts_;
};

}  // namespace encke
