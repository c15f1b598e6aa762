// WebSocket handshakes of every draft: which dialect a request is of, and every byte of its answer, held
// against the rules as written down here a second time. Input: a byte for the service and the stream, one for
// the cuts, then the fields of a request's head, an empty line, and what stands behind it.
#include "server/core/sessions.hpp"
#include "server/crypto/digest.hpp"
#include "server/http/connection.hpp"
#include "server/http/router.hpp"
#include "tests/fuzz/handshake_rules.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/fake_stream.hpp"
#include "transports/shared/sockjs_service.hpp"
#include "transports/websocket/handshake.hpp"
#include "transports/websocket/websocket.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace encke;
using namespace encke::test;

namespace {

constexpr std::size_t kMost = 8 * 1024;  // below the limit of a head
constexpr std::size_t kNonce = 8;        // bytes behind a request of hixie-76

/// What the first byte of an input says.
struct Setting {
  explicit Setting(std::uint8_t bits)
      : framed((bits & 1) != 0),
        encrypted((bits & 2) != 0),
        needs_tls((bits & 4) != 0),
        half_the_drafts((bits & 8) != 0),
        http_1_0((bits & 16) != 0) {}
  ServiceOptions options() const {
    ServiceOptions options;
    options.protocols = {"chat", "a b", "superchat"};
    options.unmasked_drafts_need_tls = needs_tls;
    if (half_the_drafts) options.websocket_drafts = {"hixie-76", "hybi-05", "hybi-07"};
    return options;
  }
  std::string_view path() const { return framed ? "/s/0/x/websocket" : "/s/websocket"; }

  bool framed;  // as SockJS
  bool encrypted;
  bool needs_tls;
  bool half_the_drafts;
  bool http_1_0;
};

/// The status that a handshake which HTTP lets through is answered with.
int status_of(const Setting& setting, const Fields& fields, Dialect dialect, int refused_with) {
  if (dialect == Dialect::refused) return refused_with;
  const bool is_off = setting.half_the_drafts && dialect != Dialect::rfc6455 && dialect != Dialect::hixie76 &&
                      dialect != Dialect::hybi05 && dialect != Dialect::hybi07;
  if (is_off) return has_version(dialect) ? 426 : 400;
  if (!has_version(dialect) && setting.needs_tls && !setting.encrypted) return 403;
  return has_challenge(dialect) && !challenge_of(fields) ? 400 : 101;
}

// ---- decide() ---------------------------------------------------------------------------------------------

websocket::Handshake check_decided(const Fields& fields, bool http_1_1, bool has_body) {
  const std::array values = {fields["upgrade"],
                             fields["connection"],
                             fields["sec-websocket-version"],
                             fields["sec-websocket-key"],
                             fields["sec-websocket-key1"],
                             fields["sec-websocket-key2"],
                             fields["sec-websocket-draft"]};
  const websocket::UpgradeRequest request{http_1_1,  has_body,  values[0], values[1], values[2],
                                          values[3], values[4], values[5], values[6]};
  websocket::Handshake decided = websocket::decide(request);
  require(decided.dialect == dialect_of(fields, http_1_1, has_body),
          "a request is of one dialect, or of none");
  if (decided.dialect != Dialect::refused) {
    require(decided.status == 101 && decided.text.empty(), "what is accepted is not refused");
    require(decided.accept == (has_version(decided.dialect) ? accept_of(fields) : ""),
            "a key is answered, and nothing else");
    return decided;
  }
  require(decided.accept.empty(), "what is refused has no answer to its key");
  require(decided.status == 400 || (decided.status == 426 && values[2]),
          "426 is for another version, 400 for the rest");
  require(decided.text.size() > 10 && decided.text.back() == '\n', "a refusal says what was wrong");
  for (const char c : decided.text) require(c == '\n' || (c >= ' ' && c <= '~'), "in plain ASCII");
  return decided;
}

/// Lines as they are, with whatever bytes: what no HTTP parser would let through too.
Fields bare_fields(std::string_view head) {
  Fields fields;
  while (!head.empty()) {
    std::string_view line = head.substr(0, head.find('\n'));
    head.remove_prefix(std::min(line.size() + 1, head.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    fields.all.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  }
  return fields;
}

// ---- the answer -------------------------------------------------------------------------------------------

struct Answer {
  std::string bytes;
  FakeStream::State state;
};

/// What a service says to `bytes`, given in pieces of `piece`.
Answer answered(const Setting& setting, std::string_view bytes, std::size_t piece) {
  FakeLoop loop;
  const ServiceOptions options = setting.options();
  std::vector<std::unique_ptr<Transport>> transports;
  transports.push_back(make_websocket());
  Sessions sessions(loop.context, "/s", options, [](Channel&) {});
  http::Router router;
  router.mount("/s", std::make_unique<sockjs::SockjsService>(sessions, transports));
  http::Shared shared(router);
  FakeStream stream(loop);
  stream.encrypted = setting.encrypted;
  stream.set_owner(std::make_unique<http::Connection>(stream, shared));
  for (; !bytes.empty() && stream.open(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    stream.give(bytes.substr(0, piece));
  }
  return {stream.sent(), stream.state()};
}

/// Takes `begin` off the front of `text`.
void take(std::string_view& text, std::string_view begin, const char* what) {
  require(text.starts_with(begin), what);
  text.remove_prefix(begin.size());
}

std::string line_of(std::string_view name, const std::string& value) {
  return value.empty() ? "" : std::string(name) + ": " + value + "\r\n";
}

/// The last field of a head.
void check_protocol(std::string_view asked, const std::string& prefix, std::string_view line) {
  take(line, prefix + "WebSocket-Protocol: ", "nothing else than a sub-protocol");
  const std::string_view chosen = line.substr(0, line.find("\r\n"));
  require(line.size() == chosen.size() + 2, "is the last");
  require(asked.find(chosen) != std::string_view::npos, "that was asked for");
  require(chosen == "chat" || chosen == "a b" || chosen == "superchat", "and that the service has");
}

void check_old_head(const Setting& setting, const Fields& fields, Dialect dialect, std::string_view head) {
  const bool oldest = dialect == Dialect::hixie75;
  const std::string prefix = oldest ? "" : "Sec-";
  take(head,
       oldest ? "HTTP/1.1 101 Web Socket Protocol Handshake\r\n"
              : "HTTP/1.1 101 WebSocket Protocol Handshake\r\n",
       "hixie's first line");
  take(head, "Upgrade: WebSocket\r\nConnection: Upgrade\r\n", "hixie's fields, in their order");
  const std::string origin = fields.first(fields["origin"] ? "origin" : "sec-websocket-origin");
  take(head, line_of(prefix + "WebSocket-Origin", origin), "the origin comes back");
  const std::string scheme = setting.encrypted ? "wss://" : "ws://";
  take(head,
       line_of(prefix + "WebSocket-Location", scheme + fields.first("host") + std::string(setting.path())),
       "the address comes back");
  if (head.empty()) return;
  const std::string asked =
      fields[oldest ? "websocket-protocol" : "sec-websocket-protocol"].value_or(std::string());
  if (dialect != Dialect::hybi01)  // whose clients send a list
    require(head == line_of(prefix + "WebSocket-Protocol", asked), "the sub-protocol that was asked for");
  check_protocol(asked, prefix, head);
}

void check_head(const Fields& fields, Dialect dialect, std::string_view head) {
  take(head, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
       "a head of hybi");
  take(head, "Sec-WebSocket-Accept: " + accept_of(fields) + "\r\n", "the key is answered");
  if (dialect == Dialect::hybi04) {
    take(head, "Sec-WebSocket-Nonce: ", "hybi-04 has a nonce");
    require(head.find("\r\n") == 24, "of 16 bytes in base64");
    head.remove_prefix(26);
  }
  constexpr std::string_view kDeflate = "Sec-WebSocket-Extensions: permessage-deflate";
  if (head.starts_with(kDeflate)) {
    const auto offered = fields["sec-websocket-extensions"];
    require(
        dialect == Dialect::rfc6455 && offered && offered->find("permessage-deflate") != std::string::npos,
        "nothing is agreed on that was not offered");
    head.remove_prefix(head.find("\r\n") + 2);
  }
  if (!head.empty()) check_protocol(fields["sec-websocket-protocol"].value_or(std::string()), "Sec-", head);
}

/// What an accepted client is sent, of which `behind` stood behind its request.
void check_accepted(const Setting& setting, const Fields& fields, Dialect dialect, std::string_view behind,
                    std::string_view sent) {
  const std::size_t end = sent.find("\r\n\r\n");
  require(end != std::string_view::npos, "a head is whole");
  const std::string_view head = sent.substr(0, end + 2);
  std::string_view rest = sent.substr(end + 4);
  has_version(dialect) ? check_head(fields, dialect, head) : check_old_head(setting, fields, dialect, head);
  if (has_challenge(dialect)) {
    if (behind.size() < kNonce) {
      require(rest.empty(), "nothing follows until the challenge is whole");
      return;
    }
    const crypto::Md5 digest = crypto::md5(*challenge_of(fields) + std::string(behind.substr(0, kNonce)));
    take(rest, {reinterpret_cast<const char*>(digest.data()), digest.size()}, "the challenge is answered");
    behind.remove_prefix(kNonce);
  }
  if (setting.framed) {
    using namespace std::string_view_literals;
    take(rest,
         dialect == Dialect::hixie75 || dialect == Dialect::hixie76 ? "\0o\xff"sv
         : dialect == Dialect::hybi01                               ? "\4\1o"sv
         : dialect < Dialect::hybi07                                ? "\x84\1o"sv
                                                                    : "\x81\1o"sv,
         "SockJS opens");
  }
  require(!behind.empty() || rest.empty(), "nothing is said that nobody asked for");
}

/// A refusal: a status, and a text as long as it says. `ends`: a proxy may have taken the request for the
/// beginning of a tunnel, or of anything else, so that nothing behind it is served.
void check_refused(const Answer& answer, int status, bool ends) {
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  std::string_view sent = answer.bytes;
  if (sent.starts_with(kContinue)) sent.remove_prefix(kContinue.size());
  take(sent, "HTTP/1.1 ", "an answer is HTTP");
  const std::string said(sent.substr(0, 3));
  // What HTTP itself refuses: too much, or what it knows nothing of.
  const bool by_http = said == "413" || said == "417" || said == "431" || said == "501" || said == "505";
  require(said[0] == '4' || said[0] == '5', "a refusal is an error");
  require(status == 0 || by_http || said == std::to_string(status), "with the status that it has");
  const std::size_t end = sent.find("\r\n\r\n");
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  const std::size_t length_at = sent.find(kLength);
  require(end != std::string_view::npos && length_at < end, "and tells its length");
  const std::size_t length = std::stoull(std::string(sent.substr(length_at + kLength.size(), 8)));
  const std::size_t rest = sent.size() - end - 4;
  require(length > 0 && (ends ? rest == length : rest >= length), "with a text");
  require(!ends || answer.state != FakeStream::State::open, "and ends the connection");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > kMost) return 0;
  const Setting setting(data[0]);
  const std::string_view input(reinterpret_cast<const char*>(data + 2), size - 2);
  const std::string version = setting.http_1_0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n";
  const std::string request = "GET " + std::string(setting.path()) + version + std::string(input);
  const std::size_t head_size = http::find_head_end(request, 0);
  check_decided(bare_fields(std::string_view(input).substr(0, input.find("\r\n\r\n"))), !setting.http_1_0,
                false);
  if (head_size == 0) return 0;

  const Answer whole = answered(setting, request, request.size());
  http::HeadParser parser;
  http::Request parsed;
  if (!parser.parse(std::string_view(request).substr(0, head_size), parsed)) {
    check_refused(whole, 0, true);
    return 0;
  }
  Fields fields;
  for (const http::Field& field : parsed.fields) fields.all.emplace_back(field.name, field.value);
  const bool has_body = parsed.has_body && fields["content-length"] != "0";
  const websocket::Handshake decided = check_decided(fields, parsed.http11, has_body);
  const int status = status_of(setting, fields, decided.dialect, decided.status);
  if (!whole.bytes.starts_with("HTTP/1.1 101 ")) {
    require(status != 101 || whole.bytes.find(" 417 ") != std::string::npos ||
                whole.bytes.find(" 431 ") != std::string::npos,
            "a good handshake is accepted");
    // A body that is refused with the rest of it may be still to come.
    if (!whole.bytes.empty() || !has_body)
      check_refused(whole, status,
                    lists(fields["upgrade"], "websocket") && lists(fields["connection"], "upgrade"));
    return 0;
  }
  require(status == 101, "what is to be refused is refused");
  check_accepted(setting, fields, decided.dialect, std::string_view(request).substr(head_size), whole.bytes);
  if (decided.dialect == Dialect::hybi04) return 0;  // its nonce is another each time
  const Answer pieces = answered(setting, request, 1 + data[1]);
  require(pieces.bytes == whole.bytes && pieces.state == whole.state,
          "however it is cut the answer is the same");
  return 0;
}
