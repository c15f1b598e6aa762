// What went over one transport of a service, as one loop counts it.
#pragma once

#include "server/core/denials.hpp"
#include "server/core/timer_wheel.hpp"

#include <encke/metrics.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace encke {

/// Plain numbers: written, and read, by their loop alone. Messages are counted here, and sessions hold no
/// more than the number of their transport.
struct Traffic {
  std::string transport;
  std::uint64_t sessions = 0;
  std::uint64_t opened = 0;
  std::uint64_t messages_up = 0;
  std::uint64_t bytes_up = 0;
  std::uint64_t messages_down = 0;
  std::uint64_t bytes_down = 0;
  std::uint64_t heartbeats_lost = 0;
  std::array<std::uint64_t, kDenials> denied{};  // requests, by Denial
  struct Samples {
    Timings timings{};
    Millis second{0};  // the one that `count` is of
    unsigned count = 0;
  };
  std::unique_ptr<Samples> samples{};  // once a page has taken one

  /// Where a sample counts; null where there were `most` in this second already.
  Timings* sample(Millis now, unsigned most);

  void count_up(std::size_t bytes) {
    ++messages_up;
    bytes_up += bytes;
  }
  void count_down(std::size_t messages, std::size_t bytes) {
    messages_down += messages;
    bytes_down += bytes;
  }
};

/// All transports of a service on one loop. The first, number 0, is none: of sessions without a carrier so
/// far.
class TrafficTable {
 public:
  using Number = std::uint8_t;
  static constexpr int kNumberBits = 4;  // what each session has room for: there are 12 transports
  static constexpr Number kNone = 0;
  static constexpr Number kLargest = (1 << kNumberBits) - 1;

  TrafficTable() : rows_(1) { rows_[kNone].transport = "none"; }

  Traffic& operator[](Number number) { return rows_[number]; }
  std::uint64_t& denied(Denial why, std::string_view transport) {
    return rows_[number_of(transport)].denied[static_cast<std::size_t>(why)];
  }
  /// The number of a transport, which is given one where it has none yet; kNone for no name, and
  /// for those beyond kLargest.
  Number number_of(std::string_view transport);
  /// A session goes from one to the other.
  void move(Number from, Number to);

  std::span<const Traffic> rows() const { return rows_; }
  /// Sessions that changed their transport, by the numbers of both.
  const std::map<std::pair<Number, Number>, std::uint64_t>& changes() const { return changes_; }

 private:
  std::vector<Traffic> rows_;
  std::map<std::pair<Number, Number>, std::uint64_t> changes_;
};

}  // namespace encke
