// Telling the dialects of WebSocket apart by their handshakes.
#include "transports/websocket/handshake.hpp"

#include <algorithm>

#include "server/crypto/base64.hpp"
#include "server/crypto/digest.hpp"
#include "server/http/field_text.hpp"

namespace encke::websocket {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t kKeySize = 24;  // base64 of 16 bytes

Handshake refuse(std::string_view text) {
  Handshake refusal;
  refusal.status = 400;
  refusal.text = text;
  return refusal;
}

// 22 characters and two of padding. The four unused bits are let be: keys are random text to us, and old
// clients make them up without a coder.
bool is_key(std::string_view key) {
  return key.size() == kKeySize && key.ends_with("==") && std::all_of(key.begin(), key.end() - 2, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
                  c == '/';
         });
}

Handshake accepted(Dialect dialect) {
  Handshake handshake;
  handshake.dialect = dialect;
  return handshake;
}

/// hixie-75 has no key at all, so that its one mark is how it spells its Upgrade: what says "websocket" is
/// newer and has forgotten its key.
Handshake decide_without_keys(const UpgradeRequest& request) {
  if (*request.upgrade == "WebSocket") return accepted(Dialect::hixie75);
  return refuse("no Sec-WebSocket-Key; expected base64 of 16 bytes, and version 13\n");
}

Handshake decide_without_version(const UpgradeRequest& request) {
  if (request.key) return refuse("Sec-WebSocket-Key without Sec-WebSocket-Version; expected version 13\n");
  if (request.key1.has_value() != request.key2.has_value()) {
    return refuse("only one of Sec-WebSocket-Key1 and -Key2; expected both\n");
  }
  if (!request.key1) return decide_without_keys(request);
  if (!request.draft || *request.draft == "0") return accepted(Dialect::hixie76);
  if (*request.draft == "1" || *request.draft == "2" || *request.draft == "3")
    return accepted(Dialect::hybi01);
  return refuse("Sec-WebSocket-Draft not spoken here; expected 0 to 3\n");
}

}  // namespace

Handshake decide(const UpgradeRequest& request) {
  if (!request.upgrade || !http::list_holds(*request.upgrade, "websocket")) {
    return refuse("Can \"Upgrade\" only to \"WebSocket\".\n");
  }
  if (!request.connection || !http::list_holds(*request.connection, "upgrade")) {
    return refuse("\"Connection\" must be \"Upgrade\".\n");
  }
  if (!request.http_1_1) return refuse("a WebSocket needs HTTP/1.1, not 1.0\n");
  if (request.has_body) return refuse("an upgrade request must have no body\n");
  if (!request.version) return decide_without_version(request);
  const Dialect dialect = dialect_of_version(*request.version);
  if (dialect == Dialect::refused) {
    Handshake refusal = refuse("WebSocket version not spoken here; expected Sec-WebSocket-Version: 13\n");
    refusal.status = 426;
    return refusal;
  }
  if (!request.key) return refuse("no Sec-WebSocket-Key; expected base64 of 16 bytes\n");
  if (!is_key(*request.key)) return refuse("bad Sec-WebSocket-Key; expected base64 of 16 bytes\n");
  Handshake handshake = accepted(dialect);
  handshake.accept = accept_value(*request.key);
  return handshake;
}

std::string accept_value(std::string_view key) {
  std::string text;
  text.reserve(key.size() + kGuid.size());
  text.append(key).append(kGuid);
  return crypto::base64_encode(crypto::sha1(text));
}

}  // namespace encke::websocket
