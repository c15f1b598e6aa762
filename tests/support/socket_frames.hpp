// A client's end of WebSocket framing (RFC 6455, 5), as far as a client of one's own server needs it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace encke::test {

namespace opcode {
inline constexpr std::uint8_t kText = 1;
inline constexpr std::uint8_t kBinary = 2;
inline constexpr std::uint8_t kClose = 8;
inline constexpr std::uint8_t kPing = 9;
inline constexpr std::uint8_t kPong = 10;
}  // namespace opcode

// The example of RFC 6455, 1.3: a fixed key is as good as any here.
inline constexpr std::string_view kSocketKey = "dGhlIHNhbXBsZSBub25jZQ==";
inline constexpr std::string_view kSocketAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A WebSocket frame from the server, which must not be masked (RFC 6455, 5.1).
struct SocketFrame {
  bool fin = false;
  std::uint8_t opcode = 0;
  std::string_view payload;
};

enum class SocketRead : std::uint8_t { frame, more, broken };

/// Reads one frame off the front of `bytes`.
SocketRead read_socket_frame(std::string_view& bytes, SocketFrame& frame);

/// Appends one masked frame (RFC 6455, 5.3), the last of its message or not; the mask is `mask`.
void write_socket_frame(std::string& out, std::uint8_t opcode, std::string_view payload, std::uint32_t mask,
                        bool last = true);

}  // namespace encke::test
