// How much each address has and sends, exactly, over all loops.
#pragma once

#include "server/core/keyed_hash.hpp"
#include "server/core/rates.hpp"

#include <array>
#include <atomic>
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

/// Any thread. An address costs memory while it has something, or owes time for what it has sent. It is asked
/// when a connection or a session comes and goes, and for a message only where what an address sends is
/// counted; of its parts, each with a lock, an address has always the same.
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

  /// Whether the address may send a message now.
  bool may_send(Slot slot, const Rates& rates, Millis now);
  /// It has sent one, after may_send(). What it owes is kept when it has nothing any more, so that who comes
  /// again has no fresh start.
  void sent(Slot slot, const Rates& rates, std::size_t size, Millis now);
  /// Forgets some of those, where there are, who have nothing and owe nothing by now.
  void tidy(const Rates& rates, Millis now) {
    if (owing_.load(std::memory_order_relaxed) > 0) tidy_next(rates, now);
  }

  /// How many of `kind` the network has now.
  std::size_t held(std::uint64_t network, Kind kind);
  /// Addresses that have something, or owe.
  std::size_t size();

 private:
  static constexpr std::uint32_t kParts = 16;
  static constexpr std::size_t kKinds = 3;

  struct Entry {
    std::uint64_t network = 0;
    std::array<std::uint32_t, kKinds> held{};
    bool owes = false;  // its meter is looked at
  };
  struct Part {
    std::mutex lock;
    std::unordered_map<std::uint64_t, std::uint32_t, NetworkHash> by_network;
    std::deque<Entry> entries;
    std::vector<std::uint32_t> free;
    std::deque<Meter> meters;         // of the entries that have sent, and those before them
    std::deque<std::uint32_t> owing;  // entries, in the order in which they are looked at
  };

  Part& part_of(std::uint64_t network) { return parts_[hash_(network) % kParts]; }
  Part& part_at(Slot slot) { return parts_[(slot - 1) % kParts]; }
  static Meter& meter_of(Part& part, std::uint32_t index);
  void tidy_next(const Rates& rates, Millis now);
  void tidy(Part& part, const Rates& rates, Millis now);
  static void forget_if_idle(Part& part, std::uint32_t index);

  NetworkHash hash_;
  std::array<Part, kParts> parts_;
  std::atomic<std::size_t> owing_{0};
  std::atomic<std::uint32_t> next_tidied_{0};  // of the parts
};

}  // namespace encke
