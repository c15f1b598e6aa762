// The frames of a multiplexed session, one in each of its binary messages; docs/mux.md draws them.
#pragma once

#include "server/core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace encke::mux {

/// The sub-protocol of a session that is multiplexed.
inline constexpr std::string_view kProtocol = "encke-mux.1";
/// The largest number on the wire: 2^31 - 1.
inline constexpr std::uint32_t kLargest = 0x7FFF'FFFF;
/// Bytes of a message in one frame; longer messages are cut.
inline constexpr std::size_t kPieceBytes = 16 * 1024;
/// What each piece takes of a window besides its bytes.
inline constexpr std::size_t kPieceCost = 48;
/// The smallest window that a side may state.
inline constexpr std::uint32_t kLeastWindow = 1024;
/// Bytes of the reason of a CLOSE, as on WebSocket.
inline constexpr std::size_t kLongestReason = 123;
/// A message is not cut into pieces of less than this, but for its last.
inline constexpr std::size_t kLeastPiece = 256;

enum class Type : std::uint8_t { open = 0, opened = 1, text = 2, binary = 3, credit = 4, close = 5 };
/// In the type's byte, of text and binary: more of the message follows.
inline constexpr std::uint8_t kMore = 0x80;

/// One frame. The views are of the bytes that it was read from.
struct Frame {
  std::uint32_t stream = 0;
  Type type = Type::open;
  bool more = false;         ///< of `text` and `binary`
  std::uint32_t number = 0;  ///< `open`, `opened`: the window; `credit`: how much; `close`: the code
  std::string_view bytes{};  ///< `open`: the path; `opened`: the sub-protocol; a piece; `close`: the reason
  std::string_view token{};  ///< of `open`
  std::vector<std::string_view> protocols{};  ///< of `open`
};

/// Reads one frame, all of `message`. The error, with close code 1002, says what is wrong with it.
Result<Frame> parse(std::string_view message);

/// Appends what parse() reads as `frame`, whose numbers are at most kLargest.
void append(const Frame& frame, std::string& out);

}  // namespace encke::mux
