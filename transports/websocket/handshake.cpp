// The opening handshake of RFC 6455, and telling hixie-76 from it.
#include "transports/websocket/handshake.hpp"

#include <algorithm>
#include <array>

#include "server/crypto/base64.hpp"
#include "server/crypto/digest.hpp"
#include "server/http/field_text.hpp"

namespace encke::websocket {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t kKeySize = 24;  // base64 of 16 bytes

constexpr std::array kVersions = {HeaderField{"Upgrade", "websocket"},
                                  HeaderField{"Sec-WebSocket-Version", "13"}};

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

Handshake decide_without_version(const UpgradeRequest& request, bool allow_hixie76) {
  if (request.key) return refuse("Sec-WebSocket-Key without Sec-WebSocket-Version; expected version 13\n");
  if (request.key1.has_value() != request.key2.has_value()) {
    return refuse("only one of Sec-WebSocket-Key1 and -Key2; expected both\n");
  }
  if (!request.key1) return refuse("no Sec-WebSocket-Key; expected base64 of 16 bytes, and version 13\n");
  if (!allow_hixie76 || (request.draft && *request.draft != "0")) {
    return refuse("a draft of WebSocket that is not spoken here; expected version 13\n");
  }
  Handshake handshake;
  handshake.dialect = Dialect::hixie76;
  return handshake;
}

}  // namespace

Handshake decide(const UpgradeRequest& request, bool allow_hixie76) {
  if (!request.upgrade || !http::list_holds(*request.upgrade, "websocket")) {
    return refuse("Can \"Upgrade\" only to \"WebSocket\".\n");
  }
  if (!request.connection || !http::list_holds(*request.connection, "upgrade")) {
    return refuse("\"Connection\" must be \"Upgrade\".\n");
  }
  if (!request.http_1_1) return refuse("a WebSocket needs HTTP/1.1, not 1.0\n");
  if (request.has_body) return refuse("an upgrade request must have no body\n");
  if (!request.version) return decide_without_version(request, allow_hixie76);
  if (*request.version != "13") {
    Handshake refusal = refuse("WebSocket version not spoken here; expected Sec-WebSocket-Version: 13\n");
    refusal.status = 426;
    refusal.headers = kVersions;
    return refusal;
  }
  if (!request.key) return refuse("no Sec-WebSocket-Key; expected base64 of 16 bytes\n");
  if (!is_key(*request.key)) return refuse("bad Sec-WebSocket-Key; expected base64 of 16 bytes\n");
  Handshake handshake;
  handshake.dialect = Dialect::rfc6455;
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
