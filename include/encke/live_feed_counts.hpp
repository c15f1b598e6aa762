// What became of the messages of a live feed since it began.
#pragma once

#include <cstdint>

namespace encke {

/// Counted over all loops; each only grows. While no reader comes or goes,
/// (received + last values) x readers = delivered + conflated + dropped_slow + what waits, where each loop
/// that dropped_behind names counts with its readers.
struct LiveFeedCounts {
  std::uint64_t received = 0;         ///< messages of the source, and published ones, that were taken
  std::uint64_t dropped_system = 0;   ///< datagrams that the system dropped before they were read
  std::uint64_t dropped_sender = 0;   ///< datagrams of senders that are not listed
  std::uint64_t dropped_large = 0;    ///< messages longer than max_message_bytes
  std::uint64_t dropped_invalid = 0;  ///< messages that were to be text and are not UTF-8
  std::uint64_t dropped_behind = 0;   ///< messages that a loop had no room for, each loop of its own
  std::uint64_t last_values = 0;      ///< due to readers since they joined
  std::uint64_t delivered = 0;        ///< given to readers, last values included
  std::uint64_t conflated = 0;     ///< not given to a reader since a newer one of its key had come meanwhile
  std::uint64_t dropped_slow = 0;  ///< without a key, not given to a reader that had no room
  std::uint64_t closed_slow = 0;   ///< readers closed since there was no room for a message without a key
  std::uint64_t keys_forgotten = 0;       ///< keys that made room for others
  std::uint64_t connections = 0;          ///< to a source of lines, that were made
  std::uint64_t connection_failures = 0;  ///< and that were not

  bool operator==(const LiveFeedCounts&) const = default;
};

}  // namespace encke
