// A WebSocket client's bytes over a fake stream.
#pragma once

#include "tests/transports/support.hpp"
#include "tests/transports/websocket/feeding.hpp"
#include "transports/websocket/websocket.hpp"

#include <string>
#include <string_view>

namespace encke::test {

using websocket::testing::client_frame;
using websocket::testing::from_hex;

inline constexpr std::string_view kRawPath = "/s/websocket";
inline constexpr std::string_view kSockjsPath = "/s/0/x/websocket";

inline std::string opening(std::string_view path, std::string_view fields = "") {
  return "GET " + std::string(path) +
         " HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n" +
         std::string(fields) + "\r\n";
}

inline std::string accepted(std::string_view fields = "") {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=\r\n" +
         std::string(fields) + "\r\n";
}

/// A server's frame with a payload of up to 64 KiB.
inline std::string server_frame(int first_byte, std::string_view payload) {
  std::string out(1, static_cast<char>(first_byte));
  if (payload.size() < 126) {
    out += static_cast<char>(payload.size());
  } else {
    out += static_cast<char>(126);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size());
  }
  return out + std::string(payload);
}
inline std::string server_text(std::string_view text) { return server_frame(0x81, text); }
inline std::string close_payload(int code, std::string_view text = "") {
  std::string out(1, static_cast<char>(code >> 8));
  return (out += static_cast<char>(code)) + std::string(text);
}
inline std::string server_close(int code, std::string_view text = "") {
  return server_frame(0x88, close_payload(code, text));
}
inline std::string client_text(std::string_view text) { return client_frame(0x81, text); }
inline std::string client_close(int code, std::string_view text = "") {
  return client_frame(0x88, close_payload(code, text));
}

/// An open WebSocket.
struct Socket {
  explicit Socket(std::string_view path, ServiceOptions options = {}, std::string_view fields = "")
      : site(make_websocket(), std::move(options)), stream(site.connect()) {
    stream.give(opening(path, fields));
    head = stream.sent();
    const std::size_t end = head.find("\r\n\r\n") + 4;
    first = head.substr(end);
    head.resize(end);
  }
  std::string ask(std::string_view bytes) {
    stream.give(bytes);
    return stream.sent();
  }
  ServiceSite site;
  FakeStream& stream;
  std::string head;
  std::string first;  ///< what came behind the head
};

}  // namespace encke::test
