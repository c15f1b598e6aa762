// WebSocket: the handshake, and the choice of dialect and framing.
#include "transports/websocket/websocket.hpp"

#include "server/core/sessions.hpp"
#include "server/http/exchange.hpp"
#include "transports/shared/facade_origin.hpp"
#include "transports/shared/facade_session.hpp"
#include "transports/shared/protocols.hpp"
#include "transports/websocket/deflate.hpp"
#include "transports/websocket/handshake.hpp"
#include "transports/websocket/hixie76.hpp"
#include "transports/websocket/hixie76_opening.hpp"
#include "transports/websocket/wire.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

namespace encke {

namespace {

using namespace websocket;

constexpr std::array kRoutes{Route{.leaf = "websocket", .method = Route::Method::get}};
constexpr TransportInfo kInfo{
    .name = "websocket",
    .routes = kRoutes,
    .greeting = {},
    .can = {.binary = true, .streams = true, .cross_origin = true, .sends_up = true}};

/// All fields of that name, joined with ", "; nothing where there is none.
std::optional<std::string> joined(const http::Request& request, std::string_view name) {
  std::optional<std::string> all;
  for (const http::Field& field : request.fields) {
    if (!http::same_text(field.name, name)) continue;
    if (all) {
      *all += ", ";
      *all += field.value;
    } else {
      all = std::string(field.value);
    }
  }
  return all;
}

/// The values that a handshake is decided on, kept alive beside the views of them.
struct HandshakeFields {
  explicit HandshakeFields(const http::Request& request)
      : upgrade(joined(request, "upgrade")),
        connection(joined(request, "connection")),
        version(joined(request, "sec-websocket-version")),
        key(joined(request, "sec-websocket-key")),
        key1(joined(request, "sec-websocket-key1")),
        key2(joined(request, "sec-websocket-key2")),
        draft(joined(request, "sec-websocket-draft")) {
    view.http_1_1 = request.http11;
    view.has_body = request.has_body && request.field("content-length") != "0";
    view.upgrade = upgrade;
    view.connection = connection;
    view.version = version;
    view.key = key;
    view.key1 = key1;
    view.key2 = key2;
    view.draft = draft;
  }

  std::optional<std::string> upgrade, connection, version, key, key1, key2, draft;
  UpgradeRequest view;
};

/// The sub-protocol to answer with: of hixie-76's one name, which may hold anything, or of RFC 6455's list.
/// A client that gets another than it asked for breaks off, so there is none where none matches.
std::string_view protocol_for(Dialect dialect, const http::Request& request, const ServiceOptions& options) {
  const std::optional<std::string> offered = joined(request, "sec-websocket-protocol");
  if (!offered) return {};
  if (dialect != Dialect::hixie76) return choose_protocol(*offered, options.protocols);
  const auto found = std::find(options.protocols.begin(), options.protocols.end(), *offered);
  return found == options.protocols.end() ? std::string_view{} : *found;
}

/// The WebSocket URL as the page wrote it.
std::string location_of(const http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  std::string location = exchange.secure() ? "wss://" : "ws://";
  location += request.field("host");
  location += request.path;
  if (!request.query.empty()) {
    location += '?';
    location += request.query;
  }
  return location;
}

class WebSocket final : public Transport {
 public:
  const TransportInfo& info() const override { return kInfo; }
  Result<void> serve(http::Exchange& exchange, Sessions& sessions) override;

 private:
  static void accept(http::Exchange& exchange, Sessions& sessions, const Handshake& handshake,
                     Framing framing, const OpeningFacts& facts);
  static void accept_hixie76(http::Exchange& exchange, Sessions& sessions, Framing framing,
                             OpeningFacts facts);
};

Result<void> WebSocket::serve(http::Exchange& exchange, Sessions& sessions) {
  const http::Request& request = exchange.request();
  const HandshakeFields fields(request);
  const Handshake handshake = decide(fields.view, true);
  if (handshake.dialect == Dialect::refused) {
    http::Response refusal = http::text_response(handshake.status, handshake.text);
    for (const HeaderField& field : handshake.headers) refusal.head.add(field.name, field.value);
    exchange.respond(refusal);
    return {};
  }
  OpeningFacts facts{.origin = std::string(request.field("origin")),
                     .protocol = protocol_for(handshake.dialect, request, sessions.options()),
                     .remote_address = exchange.remote_address()};
  // The raw endpoint has no session in its path.
  Framing framing = request.captured.empty() ? Framing::raw : Framing::sockjs;
  if (sessions.resumable()) {
    framing = Framing::facade;
    facts.key = request.captured;
    facts.told_origin = facade::told_origin(request);
  }
  if (handshake.dialect == Dialect::hixie76) {
    accept_hixie76(exchange, sessions, framing, std::move(facts));
  } else {
    accept(exchange, sessions, handshake, framing, facts);
  }
  return {};
}

void WebSocket::accept(http::Exchange& exchange, Sessions& sessions, const Handshake& handshake,
                       Framing framing, const OpeningFacts& facts) {
  const std::optional<std::string> extensions = joined(exchange.request(), "sec-websocket-extensions");
  const std::optional<DeflateParameters> deflate = extensions ? negotiate(*extensions) : std::nullopt;
  std::string head =
      "HTTP/1.1 101 Switching Protocols\r\n"
      "Upgrade: websocket\r\n"
      "Connection: Upgrade\r\n"
      "Sec-WebSocket-Accept: ";
  head += handshake.accept;
  head += "\r\n";
  if (!facts.protocol.empty()) head += "Sec-WebSocket-Protocol: " + std::string(facts.protocol) + "\r\n";
  if (deflate) head += "Sec-WebSocket-Extensions: " + deflate->header() + "\r\n";
  head += "\r\n";
  std::string unread;
  ByteStream& stream = exchange.upgrade(unread);
  stream.write(head);
  open_session(stream, sessions, make_rfc6455_wire(longest_message(sessions, framing), deflate), framing,
               facts, std::move(unread));
}

void WebSocket::accept_hixie76(http::Exchange& exchange, Sessions& sessions, Framing framing,
                               OpeningFacts facts) {
  const http::Request& request = exchange.request();
  const std::optional<std::uint32_t> number1 = hixie76_key_number(request.field("sec-websocket-key1"));
  const std::optional<std::uint32_t> number2 = hixie76_key_number(request.field("sec-websocket-key2"));
  if (!number1 || !number2) {
    exchange.respond(http::text_response(400, "Sec-WebSocket-Key1 and -Key2 must each hide a number"));
    return;
  }
  const std::string head = hixie76_head(request.field("origin"), location_of(exchange), facts.protocol);
  std::string unread;
  ByteStream& stream = exchange.upgrade(unread);
  // The head leaves before the client's last 8 bytes have come: proxies hold those back until they see it.
  stream.write(head);
  auto opening =
      std::make_unique<Hixie76Opening>(stream, sessions, framing, std::move(facts), *number1, *number2);
  Hixie76Opening& owner = *opening;
  stream.set_owner(std::move(opening));
  if (!unread.empty()) owner.on_bytes(unread);
}

}  // namespace

std::unique_ptr<Transport> make_websocket() { return std::make_unique<WebSocket>(); }

}  // namespace encke
