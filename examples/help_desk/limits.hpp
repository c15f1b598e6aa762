// What the desk keeps at most, and for how long.
#pragma once

#include <chrono>
#include <cstddef>

namespace help_desk {

/// With these values the desk takes at most some 80 MB, however much is said.
struct Limits {
  /// At a time. A new one takes the place of the ended one that has been still for longest; where none has
  /// ended its visitor is told to come again later.
  std::size_t conversations = 200;
  std::size_t lines = 100;         ///< of one conversation; the oldest go
  std::size_t line_bytes = 4'000;  ///< of one line, as UTF-8
  std::size_t name_bytes = 64;     ///< of a visitor's or an operator's name
  std::size_t key_bytes = 40;      ///< of what a page calls a line of its own
  std::size_t operators = 32;      ///< by name
  std::size_t pages = 8;           ///< that a visitor has open with one conversation
  /// A conversation in which nothing is said for so long is forgotten.
  std::chrono::seconds idle{30 * 60};
  /// The last operator has been gone for so long: visitors see that nobody is there. A reload takes less.
  std::chrono::seconds away{10};
  /// An operator has been gone for so long: others may take the conversations.
  std::chrono::seconds absence{60};
};

}  // namespace help_desk
