// Why a channel closed: the codes of RFC 6455 7.4 and of SockJS.
#pragma once

#include <cstdint>
#include <string>

namespace encke {

/// The code and the text that a peer is told, or told us. The text is UTF-8, at most 123 bytes on WebSocket.
struct CloseReason {
  std::uint16_t code = 1000;
  std::string text;
};

namespace close_code {
inline constexpr std::uint16_t kNormal = 1000;
inline constexpr std::uint16_t kGoingAway = 1001;
inline constexpr std::uint16_t kProtocolError = 1002;
inline constexpr std::uint16_t kUnsupportedData = 1003;
inline constexpr std::uint16_t kNoStatus = 1005;  ///< never sent: the peer's close frame held no code
inline constexpr std::uint16_t kAbnormal = 1006;  ///< never sent: the connection ended without a close
inline constexpr std::uint16_t kInvalidData = 1007;
inline constexpr std::uint16_t kPolicy = 1008;
inline constexpr std::uint16_t kTooBig = 1009;
inline constexpr std::uint16_t kInternalError = 1011;
inline constexpr std::uint16_t kAnotherCarrier = 2010;  ///< SockJS: a second receiver for an attached session
inline constexpr std::uint16_t kSessionLost = 2011;     ///< the facade: the session cannot go on
inline constexpr std::uint16_t kGoAway = 3000;          ///< SockJS: what its closing service says
inline constexpr std::uint16_t kBrokenFraming = 3000;  ///< SockJS over WebSocket: not a JSON array of strings
}  // namespace close_code

}  // namespace encke
