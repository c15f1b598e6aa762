// WebSocket: the handshake, and the choice of dialect and framing.
#include "transports/websocket/websocket.hpp"

#include "server/core/sessions.hpp"
#include "server/crypto/base64.hpp"
#include "server/crypto/random.hpp"
#include "server/http/exchange.hpp"
#include "transports/shared/facade_origin.hpp"
#include "transports/shared/facade_session.hpp"
#include "transports/shared/protocols.hpp"
#include "transports/websocket/deflate.hpp"
#include "transports/websocket/dialect.hpp"
#include "transports/websocket/early_hybi.hpp"
#include "transports/websocket/handshake.hpp"
#include "transports/websocket/hixie.hpp"
#include "transports/websocket/opening.hpp"
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

/// The sub-protocol to answer with. A client that gets another than it asked for breaks off, so there is none
/// where none matches.
std::string_view protocol_for(Dialect dialect, const http::Request& request, const ServiceOptions& options) {
  const bool oldest = dialect == Dialect::hixie75;
  std::optional<std::string> asked =
      joined(request, oldest ? "websocket-protocol" : "sec-websocket-protocol");
  if (!asked) return {};
  if (oldest || dialect == Dialect::hixie76) {  // one name, which may hold anything
    const auto found = std::find(options.protocols.begin(), options.protocols.end(), *asked);
    return found == options.protocols.end() ? std::string_view{} : *found;
  }
  if (dialect == Dialect::hybi01) std::replace(asked->begin(), asked->end(), ' ', ',');
  return choose_protocol(*asked, options.protocols);
}

bool speaks(const ServiceOptions& options, Dialect dialect) {
  const auto& drafts = options.websocket_drafts;
  return dialect == Dialect::rfc6455 ||
         std::find(drafts.begin(), drafts.end(), info_of(dialect).name) != drafts.end();
}

/// The versions that a refused client may come back with (RFC 6455 4.4), the best first.
std::string spoken_versions(const ServiceOptions& options) {
  std::string list(info_of(Dialect::rfc6455).version);
  for (const DialectInfo& draft : drafts()) {
    if (!draft.version.empty() && speaks(options, draft.dialect)) (list += ", ") += draft.version;
  }
  return list;
}

http::Response refusal(int status, std::string_view text, const ServiceOptions& options) {
  http::Response response = http::text_response(status, text);
  if (status == 426) {
    response.head.add("Upgrade", "websocket").add("Sec-WebSocket-Version", spoken_versions(options));
  }
  return response;
}

/// Why a handshake is not gone on with; nothing where it is.
std::optional<http::Response> refusal_of(const Handshake& handshake, bool secure,
                                         const ServiceOptions& options) {
  if (handshake.dialect == Dialect::refused) return refusal(handshake.status, handshake.text, options);
  const DialectInfo& info = info_of(handshake.dialect);
  if (!speaks(options, handshake.dialect)) {
    const std::string text = "the draft " + std::string(info.name) +
                             " of WebSocket is switched off here; expected Sec-WebSocket-Version: 13\n";
    return refusal(info.version.empty() ? 400 : 426, text, options);
  }
  if (!info.masks && !secure && options.unmasked_drafts_need_tls) {
    return refusal(403, "drafts of WebSocket that mask nothing are spoken over TLS only here\n", options);
  }
  return std::nullopt;
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

/// What every way of accepting a socket needs.
struct Accepted {
  http::Exchange& exchange;
  Sessions& sessions;
  Framing framing;
  OpeningFacts facts;
};

/// The end of every head: the sub-protocol, and the empty line.
void end_head(std::string& head, std::string_view protocol) {
  if (!protocol.empty()) head.append("Sec-WebSocket-Protocol: ").append(protocol).append("\r\n");
  head += "\r\n";
}

/// Leaves HTTP; the head leaves before anything more has come: proxies hold back what follows the request
/// until they see it.
ByteStream& leave_http(const Accepted& accepted, const std::string& head, std::string& unread) {
  ByteStream& stream = accepted.exchange.upgrade(unread);
  stream.write(head);
  return stream;
}

/// Answers, and goes on in frames.
void open_with(Accepted& accepted, const std::string& head, SpokenWire wire) {
  std::string unread;
  ByteStream& stream = leave_http(accepted, head, unread);
  sockets::open_session(stream, accepted.sessions, std::move(wire), accepted.framing, accepted.facts,
                        std::move(unread));
}

std::string hybi_head(const Handshake& handshake) {
  return "HTTP/1.1 101 Switching Protocols\r\n"
         "Upgrade: websocket\r\n"
         "Connection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         handshake.accept + "\r\n";
}

void accept_rfc6455(Accepted& accepted, const Handshake& handshake) {
  const std::optional<std::string> extensions =
      joined(accepted.exchange.request(), "sec-websocket-extensions");
  const std::optional<DeflateParameters> deflate = extensions ? negotiate(*extensions) : std::nullopt;
  std::string head = hybi_head(handshake);
  if (deflate) head += "Sec-WebSocket-Extensions: " + deflate->header() + "\r\n";
  end_head(head, accepted.facts.protocol);
  open_with(accepted, head, rfc6455_wire(deflate));
}

/// hybi-05 to -12, whose extensions are all declined.
void accept_plain(Accepted& accepted, const Handshake& handshake, SpokenWire wire) {
  std::string head = hybi_head(handshake);
  end_head(head, accepted.facts.protocol);
  open_with(accepted, head, std::move(wire));
}

void accept_hybi04(Accepted& accepted, const Handshake& handshake) {
  std::array<std::uint8_t, 16> bytes{};
  crypto::random_fill(bytes);
  const std::string nonce = crypto::base64_encode(bytes);
  const EarlyGrammar grammar =
      hybi04_grammar(hybi04_masking_key(accepted.exchange.request().field("sec-websocket-key"), nonce));
  std::string head = hybi_head(handshake) + "Sec-WebSocket-Nonce: " + nonce + "\r\n";
  end_head(head, accepted.facts.protocol);
  open_with(accepted, head, early_wire(grammar));
}

/// The number that a key of hixie-76 hides, if the field is there once: two would leave open which counts.
std::optional<std::uint32_t> number_in(const http::Request& request, std::string_view name) {
  const auto times =
      std::count_if(request.fields.begin(), request.fields.end(),
                    [name](const http::Field& field) { return http::same_text(field.name, name); });
  return times == 1 ? hixie76_key_number(request.field(name)) : std::nullopt;
}

/// hixie-76 and hybi-01.
void accept_challenge(Accepted& accepted, SpokenWire wire) {
  const http::Request& request = accepted.exchange.request();
  const std::optional<std::uint32_t> number1 = number_in(request, "sec-websocket-key1");
  const std::optional<std::uint32_t> number2 = number_in(request, "sec-websocket-key2");
  if (!number1 || !number2) {
    accepted.exchange.respond(
        http::text_response(400, "Sec-WebSocket-Key1 and -Key2 must each be there once and hide a number"));
    return;
  }
  const std::string head =
      hixie76_head(accepted.facts.origin, location_of(accepted.exchange), accepted.facts.protocol);
  std::string unread;
  ByteStream& stream = leave_http(accepted, head, unread);
  auto opening =
      std::make_unique<ChallengeOpening>(stream, accepted.sessions, std::move(wire), accepted.framing,
                                         std::move(accepted.facts), *number1, *number2);
  ChallengeOpening& owner = *opening;
  stream.set_owner(std::move(opening));
  if (!unread.empty()) owner.on_bytes(unread);
}

void accept(Accepted& accepted, const Handshake& handshake) {
  switch (handshake.dialect) {
    case Dialect::refused:
      return;
    case Dialect::hixie75:
      open_with(accepted,
                hixie75_head(accepted.facts.origin, location_of(accepted.exchange), accepted.facts.protocol),
                hixie_wire(false));
      return;
    case Dialect::hixie76:
      accept_challenge(accepted, hixie_wire(true));
      return;
    case Dialect::hybi01:
      accept_challenge(accepted, early_wire(hybi01_grammar()));
      return;
    case Dialect::hybi04:
      accept_hybi04(accepted, handshake);
      return;
    case Dialect::hybi05:
      accept_plain(accepted, handshake, early_wire(hybi05_grammar()));
      return;
    case Dialect::hybi06:
      accept_plain(accepted, handshake, early_wire(hybi06_grammar()));
      return;
    case Dialect::hybi07:
    case Dialect::hybi08:
      accept_plain(accepted, handshake, hybi07_wire());
      return;
    case Dialect::rfc6455:
      accept_rfc6455(accepted, handshake);
      return;
  }
}

class WebSocket final : public Transport {
 public:
  const TransportInfo& info() const override { return kInfo; }
  Result<void> serve(const Route&, http::Exchange& exchange, Sessions& sessions) override;
};

Result<void> WebSocket::serve(const Route&, http::Exchange& exchange, Sessions& sessions) {
  const http::Request& request = exchange.request();
  const HandshakeFields fields(request);
  const Handshake handshake = decide(fields.view);
  if (const auto refused = refusal_of(handshake, exchange.secure(), sessions.options())) {
    exchange.respond(*refused);
    return {};
  }
  std::string address = exchange.remote_address();
  if (!sessions.resumable()) {  // else the session is there already
    if (Result<void> places = sessions.has_places(address, kInfo.name); !places) return places;
  }
  OpeningFacts facts{.transport = kInfo.name,
                     .origin = std::string(facade::origin_field(request)),
                     .protocol = protocol_for(handshake.dialect, request, sessions.options()),
                     .remote_address = std::move(address),
                     .answer = sessions.answer()};
  // The raw endpoint has no session in its path.
  Framing framing = request.captured.empty() ? Framing::raw : Framing::sockjs;
  if (sessions.resumable()) {
    framing = Framing::facade;
    facts.key = request.captured;
    facts.told_origin = facade::told_origin(request);
  }
  Accepted accepted{exchange, sessions, framing, std::move(facts)};
  accept(accepted, handshake);
  return {};
}

}  // namespace

std::unique_ptr<Transport> make_websocket() { return std::make_unique<WebSocket>(); }

}  // namespace encke
