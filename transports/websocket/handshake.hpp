#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace encke::websocket {

/// What the handshake looks at in a GET request. A header that is there more than once comes joined with ",
/// "; one that is missing is nullopt. Header values are trimmed of blanks, but the hixie-76 keys only of the
/// one blank after the colon: blanks count in them.
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

struct HeaderField {
  std::string_view name;
  std::string_view value;
};

enum class Dialect { refused, rfc6455, hixie76 };

/// Which dialect to go on in, and with what. The texts are valid for ever.
struct Handshake {
  Dialect dialect = Dialect::refused;
  int status = 101;
  std::string accept;                    ///< of rfc6455: the value of Sec-WebSocket-Accept
  std::string_view text;                 ///< of a refusal: what was wrong and what was expected
  std::span<const HeaderField> headers;  ///< of a refusal: to be sent with it
};

/// Decides on an upgrade request (RFC 6455 section 4.2.1; hixie-76 only where `allow_hixie76`). Origins,
/// sub-protocols and extensions are not looked at.
Handshake decide(const UpgradeRequest& request, bool allow_hixie76);

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key.
std::string accept_value(std::string_view key);

}  // namespace encke::websocket
