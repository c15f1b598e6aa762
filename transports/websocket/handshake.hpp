#pragma once

#include "transports/websocket/dialect.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace encke::websocket {

/// What the handshake looks at in a GET request. A header that is there more than once comes joined with ",
/// "; one that is missing is nullopt. Header values are trimmed of blanks: in hixie-76's keys they
/// count, but stand at neither end.
struct UpgradeRequest {
  bool http_1_1 = true;   ///< HTTP/1.1, not 1.0
  bool has_body = false;  ///< Transfer-Encoding, or a Content-Length other than 0
  std::optional<std::string_view> upgrade;
  std::optional<std::string_view> connection;
  std::optional<std::string_view> version;  ///< Sec-WebSocket-Version
  std::optional<std::string_view> key;      ///< Sec-WebSocket-Key
  std::optional<std::string_view> key1;     ///< Sec-WebSocket-Key1, of hixie-76
  std::optional<std::string_view> key2;     ///< Sec-WebSocket-Key2
  std::optional<std::string_view> draft;    ///< Sec-WebSocket-Draft, of hybi-01 to -03
};

/// Which dialect the request is of, and what its answer needs. The texts are valid for ever.
struct Handshake {
  Dialect dialect = Dialect::refused;
  int status = 101;
  std::string accept;     ///< from hybi-04 on: the value of Sec-WebSocket-Accept
  std::string_view text;  ///< of a refusal: what was wrong and what was expected
};

/// Decides on an upgrade request (RFC 6455 section 4.2.1, and the drafts before it). A version that never was
/// is refused with 426, anything else that is no handshake with 400. Origins, sub-protocols and extensions
/// are not looked at.
Handshake decide(const UpgradeRequest& request);

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key.
std::string accept_value(std::string_view key);

}  // namespace encke::websocket
