#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/frames.hpp"
#include "tests/bench/loop.hpp"

namespace encke::bench {

/// The numbers of a page that speaks the facade's protocol (server/core/PROTOCOL.md 6), and when it
/// acknowledges: as client-js does, with whatever it sends; at the latest after a quarter of the window; on
/// sockets, after a second besides.
class FacadePage {
 public:
  /// Reads the answer to an open; false if it is none.
  bool read_opening(std::string_view json);
  const std::string& key() const { return key_; }

  enum class Frame { Messages, Acknowledgement, Heartbeat, Broken };
  /// Reads a frame, puts its messages into `messages` and counts them. As read_frame() otherwise.
  Frame read(std::string_view frame, std::vector<std::string_view>& messages, std::string& storage,
             Loop::Time now);

  /// Counts a message up.
  void count_sent() { ++sent_; }
  std::uint64_t sent() const { return sent_; }
  std::uint64_t next_carrier() { return ++carriers_; }

  /// Whether something came that the server was not told of; whether it must be told without more to send.
  bool owes() const { return received_ > stated_; }
  bool due() const { return owes() && unstated_cost_ * 4 >= window_; }
  bool rested(Loop::Time now) const { return owes() && now - since_ >= kRest; }
  /// How much has arrived; it counts as told.
  std::uint64_t state();

 private:
  static constexpr std::size_t kMessageOverhead = 48;
  static constexpr std::chrono::seconds kRest{1};

  std::string key_;
  std::size_t window_ = 0;
  std::uint64_t carriers_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t stated_ = 0;
  std::size_t unstated_cost_ = 0;
  Loop::Time since_{};  // when the first message came that is not stated
};

}  // namespace encke::bench
