// What a frame that closes a socket may hold (RFC 6455 5.5.1 and 7.4, and raw sockets alike).
#pragma once

#include <encke/close.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace encke::sockets {

inline constexpr std::size_t kLongestClose = 125;  ///< two bytes of code, and a reason

/// Whether a close frame may carry `code` (RFC 6455 7.4 and the codes registered since).
constexpr bool valid_close_code(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

/// The code to send for `code`: 1000 for one that may not be sent, and 1005 for a frame without one.
constexpr std::uint16_t sendable_close_code(std::uint16_t code) {
  return valid_close_code(code) || code == close_code::kNoStatus ? code : close_code::kNormal;
}

/// What of `text` fits beside a code, cut in front of a character.
constexpr std::string_view cut_reason(std::string_view text) {
  std::size_t end = kLongestClose - 2;
  if (text.size() <= end) return text;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace encke::sockets
