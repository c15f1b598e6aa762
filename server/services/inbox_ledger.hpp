// What the loops of a service with capability URLs share: counts, and how many there may be.
#pragma once

#include <encke/inbox.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace encke::services {

/// Why a request to a URL delivered nothing.
enum class InboxRefusal : std::uint8_t { unknown, bad, size, encoding, quota, rate, room };

/// One per service. Any thread.
class InboxLedger {
 public:
  using Count = std::atomic<std::uint64_t>;

  /// One URL more, where there may be so many.
  bool take_place(std::size_t most) {
    if (live_.fetch_add(1, std::memory_order_relaxed) < most) return true;
    give_back();
    return false;
  }
  void give_back() { live_.fetch_sub(1, std::memory_order_relaxed); }

  static void add(Count& count) { count.fetch_add(1, std::memory_order_relaxed); }
  void refuse(InboxRefusal why) { add(refused_[static_cast<std::size_t>(why)]); }

  InboxCounts now() const {
    return {.given = given,
            .live = live_,
            .expired = expired,
            .revoked = revoked,
            .ended = ended,
            .delivered = delivered,
            .refused_unknown = refused(InboxRefusal::unknown),
            .refused_bad = refused(InboxRefusal::bad),
            .refused_size = refused(InboxRefusal::size),
            .refused_encoding = refused(InboxRefusal::encoding),
            .refused_quota = refused(InboxRefusal::quota),
            .refused_rate = refused(InboxRefusal::rate),
            .refused_room = refused(InboxRefusal::room)};
  }

  Count given{0};
  Count expired{0};
  Count revoked{0};
  Count ended{0};
  Count delivered{0};

 private:
  std::uint64_t refused(InboxRefusal why) const { return refused_[static_cast<std::size_t>(why)]; }

  Count live_{0};
  std::array<Count, 7> refused_{};
};

}  // namespace encke::services
