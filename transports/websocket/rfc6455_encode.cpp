// RFC 6455 frames to a client: never masked, never fragmented.
#include "transports/websocket/rfc6455.hpp"

#include "transports/shared/socket_close.hpp"

#include <encke/close.hpp>

#include <cassert>

namespace encke::websocket {

FrameHeader frame_header(Opcode opcode, std::uint64_t payload_size, bool compressed) {
  assert(opcode < Opcode::close || payload_size <= 125);
  FrameHeader header;
  header.bytes[0] = static_cast<char>(0x80 | (compressed ? 0x40 : 0) | static_cast<int>(opcode));
  int width = 0;
  if (payload_size < 126) {
    header.bytes[1] = static_cast<char>(payload_size);
  } else if (payload_size < 65536) {
    header.bytes[1] = 126;
    width = 2;
  } else {
    header.bytes[1] = 127;
    width = 8;
  }
  for (int i = 0; i < width; ++i) {
    header.bytes[2 + i] = static_cast<char>(payload_size >> (8 * (width - 1 - i)));
  }
  header.size = static_cast<std::uint8_t>(2 + width);
  return header;
}

void encode_frame(Opcode opcode, std::string_view payload, std::string& out, bool compressed) {
  out.append(frame_header(opcode, payload.size(), compressed).view());
  out.append(payload);
}

void encode_close(std::uint16_t code, std::string_view reason, std::string& out) {
  if (code == close_code::kNoStatus) {
    encode_frame(Opcode::close, {}, out);
    return;
  }
  std::string body = {static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  if (valid_utf8(reason)) {
    body.append(sockets::cut_reason(reason));
  } else {
    body.append(sockets::cut_reason(replace_invalid_utf8(reason)));
  }
  encode_frame(Opcode::close, body, out);
}

}  // namespace encke::websocket
