// A board of text as an animated GIF that never ends: a frame for each line that is written on it.
#pragma once

#include <deque>
#include <string>
#include <string_view>

/// The last lines of text, the newest at the bottom.
class Board {
 public:
  static constexpr int kWidth = 480;
  static constexpr int kHeight = 160;

  /// Characters beyond ASCII, which the font does not have, become '?'.
  void add(std::string_view line);

  /// The beginning of a GIF that shows the board as it is.
  std::string beginning() const;
  /// What makes such a GIF show it as it is now.
  std::string frame() const;

 private:
  std::deque<std::string> lines_;
};
