// Everything below a service's /encke.VERSION.
#include "transports/shared/facade_service.hpp"

#include "server/http/content.hpp"
#include "server/http/quirks.hpp"
#include "transports/shared/callback.hpp"
#include "transports/shared/facade_frames.hpp"
#include "transports/shared/facade_origin.hpp"
#include "transports/shared/facade_session.hpp"
#include "transports/shared/network.hpp"
#include "transports/shared/origin_judge.hpp"
#include "transports/shared/receiver.hpp"
#include "transports/shared/service_head.hpp"
#include "transports/shared/sockjs_escape.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace encke::facade {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kVersion = "1";
constexpr std::size_t kLongestCallback = 256;
constexpr std::chrono::seconds kNextServer{1};  // for balancers to see that this one is going
constexpr Route kReport{.leaf = "report", .method = Route::Method::post, .cross_origin = true};

Json names_of(const ServiceOptions& options, std::span<const std::unique_ptr<Transport>> transports) {
  Json names = Json::array();
  for (const auto& transport : transports) {
    if (offers(options, *transport)) names.push_back(transport->info().name);
  }
  return names;
}

/// Takes the next part of a path: `/part`. False where there is none.
bool take_part(std::string_view& rest, std::string_view& part) {
  if (rest.empty() || rest.front() != '/') return false;
  const std::size_t end = std::min(rest.find('/', 1), rest.size());
  part = rest.substr(1, end - 1);
  rest.remove_prefix(end);
  return !part.empty();
}

/// The frame `e[status,"text"]` in an answer of 200, for pages that cannot read others.
http::Response shown(int status, std::string_view text) {
  http::Response response{http::ResponseHead(200), {}};
  response.head.type(http::kPlainText).never_cached().not_sniffed();
  append_refusal(
      {.status = static_cast<std::uint16_t>(status), .text = std::string(text.substr(0, text.find('\n')))},
      response.body);
  response.body += '\n';
  return response;
}

/// A refusal that a page of another origin can read.
http::Admission refuse(const http::Request& request, const ServiceOptions& options, http::Response response) {
  if (!shows_status(request)) response = shown(response.head.status(), response.body);
  sockjs::ServiceHead::add_cors(request, options, response.head);
  return http::Admission::refuse(std::move(response));
}

}  // namespace

std::string_view session_id_of(std::string_view rest) {
  std::string_view version;
  std::string_view key;
  const bool is_whole = take_part(rest, version) && take_part(rest, key) && key.size() == kKeyCharacters;
  return is_whole ? key.substr(0, kIdCharacters) : std::string_view{};
}

/// Opens sessions.
class FacadeService::Open final : public http::Handler {
 public:
  Open(Sessions& sessions, const Json& answer, std::size_t most_waiting, Gate* gate)
      : sessions_(sessions), most_waiting_(most_waiting), gate_(gate) {
    const std::string text = answer.dump();
    begin_ = "{\"version\":1,\"session\":\"";
    end_ = "\"," + text.substr(1);
  }

  void handle(http::Exchange& exchange) override {
    const http::Request& request = exchange.request();
    const sockjs::ServiceHead heads(request, sessions_.options(), true);
    const bool scripted = request.method == "GET";
    Result<std::string> callback = std::string{};
    if (scripted) callback = sockjs::callback_of(request, kLongestCallback);
    if (!callback) {
      http::ResponseHead head = heads.make(callback.error().status);
      exchange.respond(head.type(http::kPlainText), callback.error().text + "\n");
      return;
    }
    if (sessions_.dismissing()) {
      come_later(exchange, heads, 503, "the server is going away; another may be there already", kNextServer);
      return;
    }
    if (sessions_.waiting() >= most_waiting_) {
      ++sessions_.traffic().denied(Denial::limit, {});
      // By then a part of those that wait has been forgotten, if nothing else has made room.
      come_later(exchange, heads, 503, "too many sessions wait for a connection; try again later",
                 sessions_.options().resume_time() / 4);
      return;
    }
    if (gate_ == nullptr) {
      open(exchange);
      return;
    }
    const Asker asker = scripted ? Asker::element : Asker::script_api;
    const bool needs_token = judge_origin(sessions_.options(), request, asker) != OriginVerdict::allowed;
    gate_->ask(exchange, {.sessions = sessions_, .transport = "open", .needs_token = needs_token},
               [this](http::Exchange& to, std::shared_ptr<const AccessAnswer> answer) {
                 answered(to, std::move(answer));
               });
  }

 private:
  void come_later(http::Exchange& exchange, const sockjs::ServiceHead& heads, int status,
                  std::string_view text, std::chrono::milliseconds wait) {
    if (exchange.request().method == "GET") {  // the page's script sees neither the status nor the field
      std::string frame;
      append_refusal({.status = static_cast<std::uint16_t>(status), .text = std::string(text)}, frame);
      respond(exchange, status, http::kPlainText, frame);
      return;
    }
    const bool shows = shows_status(exchange.request());
    http::ResponseHead head = heads.make(shows ? status : 200);
    head.type(http::kPlainText).retry_after(wait);
    exchange.respond(head, shows ? std::string(text) + "\n" : shown(status, text).body);
  }

  void answered(http::Exchange& exchange, std::shared_ptr<const AccessAnswer> answer) {
    if (answer->kind == AccessAnswer::Kind::granted) {
      const Sessions::Answering scope(sessions_, std::move(answer));
      open(exchange);
      return;
    }
    std::string frame;
    if (answer->kind == AccessAnswer::Kind::refused) {
      const Frame close{.kind = Frame::Kind::close, .reason = &answer->reason};
      append_frame({&close, 1}, 0, frame);
    } else {
      append_refusal({.status = static_cast<std::uint16_t>(answer->status), .text = answer->reason.text},
                     frame);
    }
    respond(exchange, answer->status, http::kPlainText, frame);
  }

  void open(http::Exchange& exchange) {
    const http::Request& request = exchange.request();
    std::string answer;
    const Result<std::string_view> protocol = protocol_of(request, sessions_.options());
    if (!protocol) {
      append_refusal(protocol.error(), answer);
      respond(exchange, protocol.error().status, http::kPlainText, answer);
      return;
    }
    const Result<Places> places = sessions_.take_places(exchange.remote_address());
    if (!places) {
      come_later(exchange, sockjs::ServiceHead(request, sessions_.options(), true), places.error().status,
                 places.error().text, Guard::kRetryAfter);
      return;
    }
    answer = begin_ + reserve(sessions_, told_origin(request), *protocol, *places);
    // A token, so nothing in it needs an escape.
    ((answer += "\",\"protocol\":\"") += *protocol) += "\",\"network\":\"";
    (answer += network_of(exchange.remote_address())) += end_;
    respond(exchange, 200, http::kJson, answer);
  }

  /// As a page can read it: by a call, where it has asked for one; scripts with a status other than 200 do
  /// not run.
  void respond(http::Exchange& exchange, int status, std::string_view type, const std::string& text) {
    const http::Request& request = exchange.request();
    const sockjs::ServiceHead heads(request, sessions_.options(), true);
    if (request.method == "GET") {
      std::string script =
          std::string(http::quirks::kScriptGuard) + *sockjs::callback_of(request, kLongestCallback) + "(";
      sockjs::append_script_string(text, script);
      exchange.respond(heads.make(200).type(http::kJavaScript).not_sniffed(), script + ");\r\n");
      return;
    }
    http::ResponseHead head = heads.make(shows_status(request) ? status : 200);
    if (head.status() == 401) head.add("WWW-Authenticate", "Bearer");  // RFC 9110 15.5.2
    exchange.respond(head.type(type), text);
  }

  Sessions& sessions_;
  const std::size_t most_waiting_;
  Gate* const gate_;
  std::string begin_;  // the answer before the key, and behind it
  std::string end_;
};

FacadeService::FacadeService(Sessions& sessions, std::span<const std::unique_ptr<Transport>> transports,
                             ReportSink report, std::size_t most_waiting, Gate* gate)
    : sessions_(sessions),
      gate_(gate),
      routes_(sessions, transports),
      reports_(std::move(report)),
      report_(sessions, kReport, {},
              [this](http::Exchange& exchange, Sessions& of) { return reports_.take(exchange, of); }) {
  const ServiceOptions& options = sessions.options();
  const Json names = names_of(options, transports);
  Json answer{{"heartbeat", options.heartbeat.count()},
              {"resume_window", options.resume_time().count()},
              {"window", options.outbox_bytes / 2},
              {"max_message_bytes", options.max_message_bytes},
              {"poll_interval", options.poll_time().count()},
              {"transports", names},
              {"hosts", options.hosts}};
  if (!options.document_domain.empty()) answer["document_domain"] = options.document_domain;
  open_ = std::make_unique<Open>(sessions, answer, most_waiting, gate);
  bridge_ = std::make_unique<BridgePage>(options.origins);
  description_ = Json{{"versions", {1}}, {"transports", names}, {"hosts", options.hosts}}.dump();
}

FacadeService::~FacadeService() = default;

http::Admission FacadeService::admit(http::Request& request, std::string_view rest) {
  if (judge_origin(sessions_.options(), request, Asker::script_api) == OriginVerdict::refused) {
    return refuse_page(request, rest);
  }
  rest.remove_prefix(kPathBegin.size());
  const std::string_view version = rest.substr(0, rest.find('/'));
  rest.remove_prefix(version.size());
  if (version != kVersion) {
    return refuse(request, sessions_.options(),
                  http::text_response(404, "protocol version " + std::string(version.substr(0, 20)) +
                                               " is not spoken here: " + std::string(kVersion) + " is"));
  }
  std::string_view key;
  std::string_view leaf;
  if (!take_part(rest, key)) return refuse(request, sessions_.options(), http::not_found());
  if (key == "open" && (rest.empty() || rest == "/")) return admit_open(request);
  if (key == "bridge" && rest.empty()) return admit_bridge(request);
  RouteHandler* handler = nullptr;
  if (take_part(rest, leaf)) handler = leaf == kReport.leaf ? &report_ : routes_.find(leaf);
  if (handler == nullptr || (!rest.empty() && rest != "/"))
    return refuse(request, sessions_.options(), http::not_found());
  request.captured = key;
  http::Admission admission = routes_.admit(request, *handler, key.substr(0, kIdCharacters), false);
  if (admission.handler == &report_) admission.body_limit = kIgnoredBody;
  return admission;
}

/// Of a page that may not use the service, which so is not given to read why.
http::Admission FacadeService::refuse_page(const http::Request& request, std::string_view rest) {
  std::string_view version;
  std::string_view key;
  std::string_view leaf;
  const bool is_whole = take_part(rest, version) && take_part(rest, key) && take_part(rest, leaf);
  http::Admission refusal =
      refuse_origin(request, sessions_, is_whole ? routes_.transport_at(leaf) : std::string_view{});
  if (!shows_status(request)) refusal.refusal = shown(refusal.refusal.head.status(), refusal.refusal.body);
  return refusal;
}

http::Admission FacadeService::admit_open(const http::Request& request) {
  const Asker asker = request.method == "GET" ? Asker::element : Asker::script_api;
  const OriginVerdict verdict = judge_origin(sessions_.options(), request, asker);
  if (verdict != OriginVerdict::allowed && gate_ == nullptr) return refuse_page(request, {});
  if (request.method == "OPTIONS") return http::Admission::serve(routes_.post_preflight(), kIgnoredBody);
  if (request.method == "POST" || request.method == "GET")
    return http::Admission::serve(*open_, kIgnoredBody);
  return http::Admission::refuse(http::method_not_allowed("GET, POST, OPTIONS"));
}

http::Admission FacadeService::admit_bridge(const http::Request& request) {
  return http::admit_reading(request, *bridge_, kIgnoredBody);
}

}  // namespace encke::facade
