// What this process holds: memory and descriptors.
#pragma once

#include <cstddef>
#include <string>

namespace encke::soak {

struct Level {
  std::size_t heap = 0;         ///< bytes in use, by malloc's own count; 0 where it keeps none
  std::size_t resident = 0;     ///< bytes, of which the heap's free ones are a part
  std::size_t descriptors = 0;  ///< open

  static Level now();
  /// "1234 KiB in use, 5678 KiB resident, 9 descriptors".
  std::string text() const;
};

}  // namespace encke::soak
