// UTF-8, whole or in pieces.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace encke {

/// Checks UTF-8 (RFC 3629) that arrives in pieces, cut anywhere.
class Utf8Validator {
 public:
  /// Takes the next piece. False from the first byte on that no continuation could make right.
  bool feed(std::string_view piece);

  /// Whether the text so far is right and ends between two characters.
  bool complete() const { return missing_ == 0; }

  /// Forgets the text so far.
  void reset() { *this = Utf8Validator(); }

 private:
  static constexpr std::uint8_t kBroken = 0xFF;

  std::uint8_t missing_ = 0;  // continuation bytes still to come, or kBroken
  std::uint8_t low_ = 0x80;   // the range of the next one: narrower after E0, ED, F0 and F4
  std::uint8_t high_ = 0xBF;
};

/// Whether `text` is UTF-8.
bool valid_utf8(std::string_view text);

/// `text` with U+FFFD in place of each maximal part that is not UTF-8 (Unicode 3.9, U+FFFD substitution).
std::string replace_invalid_utf8(std::string_view text);

}  // namespace encke
