#pragma once

#include <cstddef>
#include <cstdint>

namespace encke::websocket {

/// What a client of a dialect with fragments may send.
struct Limits {
  /// Payload bytes of one message, all its fragments together. Broken: error 1009, as soon as a header says
  /// so.
  std::size_t max_message = 16U << 20;
  /// Fragments without payload in one message. They cost no memory, so this only ends a flood. Broken: error
  /// 1008.
  std::uint32_t max_empty_fragments = 1U << 16;
};

}  // namespace encke::websocket
