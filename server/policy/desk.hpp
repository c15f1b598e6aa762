// Where policy requests are answered, on one loop.
//
// A connection is a small object that lives until its answer is written: it keeps no bytes, only how many of
// the request have come. What bounds them: a deadline, a number for each address, and a number for all,
// beyond which the one that has waited longest makes room, so that a flood of silent ones keeps nobody out
// who asks.
#pragma once

#include "server/core/address_table.hpp"
#include "server/core/byte_stream.hpp"
#include "server/policy/policy.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace encke::policy {

/// From the connection, or its first byte where the listener serves other things too, to the request's NUL.
/// Flash Player waits about 3 s for an answer and then asks elsewhere.
inline constexpr Millis kRequestTime{3'000};
/// Connections that wait for their request, on one loop; fewer where descriptors are few.
inline constexpr std::size_t kMostWaiting = 4096;
/// Who is refused is told to the operator once in this time, for all of one loop.
inline constexpr Millis kTroubleInterval{60'000};

/// One per server, shared by its loops.
struct LiveCounts {
  std::atomic<std::uint64_t> answered{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> wrong{0};
  std::atomic<std::uint64_t> late{0};

  FlashPolicyCounts now() const {
    return {.answered = answered, .refused = refused, .wrong = wrong, .late = late};
  }
};

/// What all loops serve: the answers as they go over the wire, and the limit. Immutable.
class Answers {
 public:
  /// Of a policy without faults.
  explicit Answers(const FlashPolicy& policy);

  std::string_view at(Place place) const { return place == Place::alone ? alone_ : in_line_; }
  std::size_t connections_per_address() const { return connections_per_address_; }

 private:
  std::string alone_;
  std::string in_line_;
  std::size_t connections_per_address_;
};

/// Belongs to one loop and outlives its connections; `answers` and `counts` outlive it.
class Desk {
 public:
  using Trouble = std::function<void(std::string_view)>;

  /// `trouble`, which may be null, is told of refused connections, a line each minute at most. `most_waiting`
  /// is at least 1.
  Desk(const Answers& answers, LiveCounts& counts, Trouble trouble, std::size_t most_waiting = kMostWaiting)
      : answers_(answers), counts_(counts), trouble_(std::move(trouble)), most_waiting_(most_waiting) {}

  /// The owner of a stream whose peer is to send a policy request; null where there are too many of its
  /// address.
  std::unique_ptr<ByteStream::Owner> open(ByteStream& stream, Place place);

  /// Connections that wait for their request.
  std::size_t waiting() const { return waiting_.size(); }
  /// Addresses that have such connections.
  std::size_t addresses() { return addresses_.size(); }

 private:
  class Connection;

  void refused(ByteStream& stream);

  const Answers& answers_;
  LiveCounts& counts_;
  const Trouble trouble_;
  const std::size_t most_waiting_;
  std::list<Connection*> waiting_;  // the one that came first at the front
  AddressTable addresses_;
  std::uint64_t refused_untold_ = 0;
  Millis trouble_at_{0};
};

}  // namespace encke::policy
