// What carriers write their frames with, and how much they let wait.
#pragma once

#include <cstddef>
#include <string>

namespace encke::sockjs {

/// More than this unsent and a carrier waits. As much as a loop gathers in a turn, so that only a socket that
/// refused bytes can go beyond it.
inline constexpr std::size_t kHighWater = 64 * 1024;

/// This loop's buffer for what a carrier is about to write; emptied by each call, so used within one write
/// only.
inline std::string& scratch() {
  thread_local std::string buffer;
  buffer.clear();
  if (buffer.capacity() > 4 * kHighWater) buffer.shrink_to_fit();
  return buffer;
}

}  // namespace encke::sockjs
