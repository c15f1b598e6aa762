// What a session keeps so that it outlives its carriers: numbers, acknowledgements, whose it is (PROTOCOL 6).
#pragma once

#include <encke/close.hpp>
#include <encke/message.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

namespace encke {

/// The largest number that stands on the wire: 2^53 - 1.
inline constexpr std::uint64_t kLargestNumber = (std::uint64_t{1} << 53) - 1;

/// What a page states when a carrier joins its session.
struct Joining {
  std::uint64_t carrier = 0;   ///< the carrier's number
  std::uint64_t received = 0;  ///< the number of the next message that the page expects
  bool tell = true;            ///< the carrier's first frame is an acknowledgement, sent at once
};

/// Numbers of one resumable session. The messages themselves are in its outbox and its inbox. What every
/// request touches stands first.
struct Resumption {
  using Secret = std::array<char, 24>;

  Secret secret{};             ///< the part of the key that proves who asks
  std::uint64_t carrier = 0;   ///< the highest number of a carrier so far
  std::uint64_t received = 0;  ///< messages down: the highest number that was stated
  std::uint64_t accepted = 0;  ///< messages up: the number of the next
  std::uint64_t told = 0;      ///< the last acknowledgement that left
  std::uint64_t dropped = 0;   ///< messages up that nobody was given, since the session closed before them
  std::size_t untold_cost = 0;
  bool tell = false;   ///< an acknowledgement is to leave with the next frames
  bool greet = false;  ///< one is the first frame of the carrier at work, whatever else told the page
  bool tell_beginning = false;  ///< so is the number that the carrier begins with
  bool started = false;         ///< the service knows of the session
  bool broken = false;          ///< the last carrier was lost, or replaced while it was at work
  bool close_taken = false;     ///< the carrier at work has taken the close frame
  std::string origin;           ///< the first that was told; empty: none yet
};

/// Messages up that the service has not been given yet.
struct Inbox {
  std::deque<Message> messages;
  std::size_t cost = 0;
  std::unique_ptr<CloseReason> then_closed;  ///< the browser has closed behind them
};

}  // namespace encke
