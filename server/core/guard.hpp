// Who may have how much of a server: connections, handshakes and sessions, in all and for each address, and
// what each address may send; what was refused, counted and told.
#pragma once

#include <encke/limits.hpp>
#include <encke/refusal_counts.hpp>
#include "server/core/address.hpp"
#include "server/core/address_table.hpp"
#include "server/core/rates.hpp"
#include "server/core/renewed.hpp"
#include "server/core/result.hpp"
#include "server/core/tally.hpp"
#include "server/core/timer_wheel.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace encke {

class ByteStream;
struct LoopContext;

/// What was refused; in the order of RefusalCounts.
enum class Refusal : std::uint8_t {
  connections,
  connections_per_address,
  handshakes,
  handshakes_per_address,
  sessions,
  sessions_per_address,
  proxy_header,
  head,
  body,
  message,
  fragments,
  late,
};

/// Where a session is counted, to be given back when it is over.
struct Places {
  static constexpr AddressTable::Slot kUncounted = ~AddressTable::Slot{0};
  AddressTable::Slot server = kUncounted;
  AddressTable::Slot service = kUncounted;
};

/// One per server, shared by its loops and outlives them; any thread. Asked when connections and sessions
/// come and go, and for messages only where there are rates for addresses.
class Guard {
 public:
  using Trouble = std::function<void(std::string_view)>;
  /// What was taken of an address; kNone: nothing is counted for it.
  using Slot = AddressTable::Slot;
  static constexpr Slot kNone = AddressTable::kNone;
  /// When who was refused may come again.
  static constexpr Millis kRetryAfter{5'000};

  /// `trouble`, which may be null, is told of what was refused, once a minute for each kind, from any of the
  /// loops.
  /// `whose`, of static storage, is what texts for peers call it that has these limits.
  explicit Guard(ServerLimits limits = {}, Trouble trouble = {}, std::string_view whose = "server");

  /// As they are now; valid for as long as this lives.
  const ServerLimits& limits() const { return rules_.now().limits; }
  /// Others from now on. What is there stays, and counts.
  void set_limits(ServerLimits limits) { rules_.renew(Rules(std::move(limits))); }

  /// A connection has come, and has yet to bring its first request: `slot` is to be kept until
  /// connection_over(). What it is refused for, if it is; nothing is kept then.
  std::optional<Refusal> connect(const Address& address, Slot& slot);
  /// The same for a proxy's connection, whose client's address comes later; false where it is refused.
  bool connect_proxy();
  /// The address of such a connection has come.
  std::optional<Refusal> place(const Address& address, Slot& slot);
  /// It has brought its first request.
  void handshake_over(Slot slot);
  /// After handshake_over(), where that was not yet called.
  void connection_over(Slot slot);

  /// A session is to be opened for this address, numeric or anything else: `slot` is to be kept until
  /// session_over(). The error says 429 or 503, and is counted.
  Result<void> open(std::string_view address, Millis now, Slot& slot);
  /// Whether open() would let it be; counted as refused where not.
  Result<void> may_open(std::string_view address, Millis now);
  void session_over(Slot slot);
  /// Whether the address of the session with this slot may send a message now: all its sessions share what
  /// limits() allow to one. Those of `unlimited_addresses` were given kNone when they were opened, and may.
  bool may_send(Slot slot, Millis now);
  /// It has sent one, after may_send().
  void sent(Slot slot, std::size_t size, Millis now);

  /// Counts a refusal, and tells of it where none was told of for a while. `who` is the last one's address.
  void refused(Refusal what, std::string_view who, Millis now);

  RefusalCounts counts() const;
  std::size_t connections() const { return connections_.load(std::memory_order_relaxed); }
  std::size_t sessions() const { return sessions_.load(std::memory_order_relaxed); }
  /// Addresses that have something counted.
  std::size_t addresses() { return table_.size(); }

 private:
  static constexpr std::size_t kKinds = 12;
  struct Rules {
    explicit Rules(ServerLimits all);
    ServerLimits limits;
    Networks unlimited;
    Rates of_address;
  };

  static std::size_t most(std::size_t limit);
  PeerError session_error(Refusal what) const;

  Renewed<Rules> rules_;
  const Trouble trouble_;
  const std::string_view whose_;
  AddressTable table_;
  std::atomic<std::size_t> connections_{0};
  std::atomic<std::size_t> sessions_{0};
  std::array<Tally, kKinds> tallies_;
};

/// `who` was refused: told to the guard of `loop`, where it has one.
void count_refused(const LoopContext& loop, Refusal what, std::string_view who);
/// The same of a stream's peer.
void count_refused(const ByteStream& stream, Refusal what);

}  // namespace encke
