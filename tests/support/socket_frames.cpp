// The client's side of WebSocket framing.
#include "tests/support/socket_frames.hpp"

#include <cstddef>
#include <cstring>

namespace encke::test {

SocketRead read_socket_frame(std::string_view& bytes, SocketFrame& frame) {
  if (bytes.size() < 2) return SocketRead::more;
  const auto byte = [&bytes](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  if ((byte(0) & 0x70) != 0 || (byte(1) & 0x80) != 0) return SocketRead::broken;
  std::uint64_t length = byte(1);
  std::size_t head = 2;
  if (length > 125) {
    const std::size_t width = length == 126 ? 2 : 8;
    if (bytes.size() < head + width) return SocketRead::more;
    length = 0;
    for (std::size_t i = 0; i < width; ++i) length = length << 8 | byte(head + i);
    head += width;
  }
  if (bytes.size() - head < length) return SocketRead::more;
  frame = {(byte(0) & 0x80) != 0, static_cast<std::uint8_t>(byte(0) & 15), bytes.substr(head, length)};
  bytes.remove_prefix(head + length);
  return SocketRead::frame;
}

void write_socket_frame(std::string& out, std::uint8_t opcode, std::string_view payload, std::uint32_t mask,
                        bool last) {
  out.push_back(static_cast<char>((last ? 0x80 : 0) | opcode));
  const std::size_t width = payload.size() < 126 ? 0 : payload.size() < 0x10000 ? 2 : 8;
  out.push_back(static_cast<char>(0x80 | (width == 0 ? payload.size() : width == 2 ? 126U : 127U)));
  for (std::size_t i = width; i > 0; --i) out.push_back(static_cast<char>(payload.size() >> (8 * (i - 1))));
  char key[4];
  std::memcpy(key, &mask, sizeof key);
  out.append(key, sizeof key);
  for (std::size_t i = 0; i < payload.size(); ++i) out.push_back(static_cast<char>(payload[i] ^ key[i % 4]));
}

}  // namespace encke::test
