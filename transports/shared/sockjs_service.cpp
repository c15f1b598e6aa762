// Everything below one service's path.
#include "transports/shared/sockjs_service.hpp"

#include "server/crypto/digest.hpp"
#include "server/crypto/hex.hpp"
#include "server/crypto/random.hpp"

#include "transports/shared/events.hpp"
#include "transports/shared/origin_judge.hpp"
#include "transports/shared/service_head.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>

namespace encke::sockjs {

/// A page of the service: what GET and HEAD answer.
class SockjsService::Page final : public http::Handler {
 public:
  using Answer = std::function<void(http::Exchange&)>;
  Page(Answer answer, bool cross_origin) : answer_(std::move(answer)), cross_origin_(cross_origin) {}
  void handle(http::Exchange& exchange) override { answer_(exchange); }
  bool cross_origin() const { return cross_origin_; }

 private:
  Answer answer_;
  bool cross_origin_;
};

SockjsService::SockjsService(Sessions& sessions, std::span<const std::unique_ptr<Transport>> transports,
                             std::unique_ptr<facade::FacadeService> facade, Gate* gate)
    : sessions_(sessions), gate_(gate), routes_(sessions, transports, gate), facade_(std::move(facade)) {
  const ServiceOptions& options = sessions.options();
  if (options.events) {
    const Route route{.leaf = kEventsLeaf, .method = Route::Method::get, .cross_origin = true};
    events_ = std::make_unique<RouteHandler>(sessions, route, kEventsTransport, &serve_events, gate);
  }
  const bool websocket = routes_.of_transport("websocket") != nullptr;
  greeting_ = std::make_unique<Page>(
      [](http::Exchange& exchange) {
        exchange.respond(http::ResponseHead(200).type(http::kPlainText), "Welcome to SockJS!\n");
      },
      false);
  const std::string info_begin =
      std::string("{\"websocket\":") + (websocket ? "true" : "false") +
      ",\"origins\":[\"*:*\"],\"cookie_needed\":" + (options.jsessionid ? "true" : "false") + ",\"entropy\":";
  info_ = std::make_unique<Page>(
      [this, info_begin](http::Exchange& exchange) {
        http::ResponseHead head(200);
        head.type(http::kJson).never_cached();
        ServiceHead::add_cors(exchange.request(), sessions_.options(), head);
        std::string body = info_begin + std::to_string(crypto::random_u32());
        if (facade_ && exchange.request().parameter("encke").data() != nullptr) {
          body += ",\"encke\":" + facade_->description();
        }
        exchange.respond(head, body + "}");
      },
      true);
  const std::string page = iframe_page(options.sockjs_url);
  const std::string tag = '"' + crypto::hex(crypto::md5(page)) + '"';
  iframe_ = std::make_unique<Page>(
      [page, tag](http::Exchange& exchange) {
        const bool known = http::list_holds(exchange.request().field("if-none-match"), tag);
        http::ResponseHead head(known ? 304 : 200);
        head.long_cached().add("ETag", tag);
        if (!known) head.type(http::kHtml);
        exchange.respond(head, known ? std::string_view{} : page);
      },
      false);
}

SockjsService::~SockjsService() = default;

http::Admission SockjsService::admit(http::Request& request, std::string_view rest) {
  if (rest.empty() || rest == "/") return admit_page(request, *greeting_);
  const std::string_view path = rest.back() == '/' ? rest.substr(0, rest.size() - 1) : rest;
  if (is_iframe_path(path)) return admit_page(request, *iframe_);
  if (facade_ && rest.starts_with(facade::kPathBegin)) return facade_->admit(request, rest);
  const OriginVerdict verdict = judge_origin(sessions_.options(), request, Asker::script_api);
  const bool by_token = verdict == OriginVerdict::unproven && gate_ != nullptr && path != "/info";
  if (verdict != OriginVerdict::allowed && !by_token) {
    return refuse_origin(request, sessions_, transport_of(path));
  }
  if (path == "/info") return admit_page(request, *info_);
  if (path == "/websocket") {
    RouteHandler* const raw = routes_.of_transport("websocket");
    if (raw == nullptr) return http::Admission::refuse(http::not_found());
    return routes_.admit(request, *raw, {}, true);
  }
  if (events_ && path.substr(1) == kEventsLeaf) return routes_.admit(request, *events_, {}, true);
  return admit_route(request, rest);
}

/// What a request would be served by; empty: no transport.
std::string_view SockjsService::transport_of(std::string_view path) const {
  std::string_view session;
  std::string_view leaf = path.substr(std::min<std::size_t>(path.size(), 1));  // the raw WebSocket's
  if (events_ && leaf == kEventsLeaf) return kEventsTransport;
  if (leaf != "websocket" && !split_session_path(path, session, leaf)) return {};
  return routes_.transport_at(leaf);
}

http::Admission SockjsService::admit_page(const http::Request& request, Page& page) {
  if (request.method == "GET" || request.method == "HEAD") return http::Admission::serve(page, kIgnoredBody);
  if (!page.cross_origin()) return http::Admission::refuse(http::method_not_allowed("GET, HEAD"));
  if (request.method == "OPTIONS") return http::Admission::serve(routes_.get_preflight(), kIgnoredBody);
  return http::Admission::refuse(http::method_not_allowed("GET, HEAD, OPTIONS"));
}

http::Admission SockjsService::admit_route(http::Request& request, std::string_view rest) {
  std::string_view session;
  std::string_view leaf;
  if (!split_session_path(rest, session, leaf)) return http::Admission::refuse(http::not_found());
  RouteHandler* const handler = routes_.find(leaf);
  if (handler == nullptr) return http::Admission::refuse(http::not_found());
  request.captured = session;
  // A session over a WebSocket is in no table, so it may live anywhere (PROTOCOL 4.11).
  return routes_.admit(request, *handler, session, handler->transport() == "websocket");
}

bool is_iframe_path(std::string_view path) {
  constexpr std::string_view kBegin = "/iframe";
  constexpr std::string_view kEnd = ".html";
  if (path.size() < kBegin.size() + kEnd.size() || path.substr(0, kBegin.size()) != kBegin ||
      path.substr(path.size() - kEnd.size()) != kEnd) {
    return false;
  }
  const std::string_view version = path.substr(kBegin.size(), path.size() - kBegin.size() - kEnd.size());
  return std::all_of(version.begin(), version.end(), [](char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') || letter == '-' ||
           letter == '.' || letter == '_';
  });
}

std::string iframe_page(std::string_view sockjs_url) {
  std::string page =
      "<!DOCTYPE html>\n"
      "<html>\n"
      "<head>\n"
      "  <meta http-equiv=\"X-UA-Compatible\" content=\"IE=edge\" />\n"
      "  <meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\" />\n"
      "  <script src=\"";
  page += sockjs_url;
  page +=
      "\"></script>\n"
      "  <script>\n"
      "    document.domain = document.domain;\n"
      "    SockJS.bootstrap_iframe();\n"
      "  </script>\n"
      "</head>\n"
      "<body>\n"
      "  <h2>Don't panic!</h2>\n"
      "  <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>\n"
      "</body>\n"
      "</html>\n";
  return page;
}

bool split_session_path(std::string_view rest, std::string_view& session, std::string_view& leaf) {
  const auto part = [&rest](std::string_view& out) {
    if (rest.empty() || rest.front() != '/') return false;
    const std::size_t end = std::min(rest.find('/', 1), rest.size());
    out = rest.substr(1, end - 1);
    rest.remove_prefix(end);
    return !out.empty();
  };
  std::string_view server;
  if (!part(server) || !part(session) || !part(leaf)) return false;
  if (server.find('.') != std::string_view::npos || session.find('.') != std::string_view::npos) return false;
  return rest.empty() || rest == "/";
}

std::string_view session_id_of(std::string_view rest) {
  if (rest.starts_with(facade::kPathBegin)) return facade::session_id_of(rest);
  std::string_view session;
  std::string_view leaf;
  return split_session_path(rest, session, leaf) ? session : std::string_view{};
}

}  // namespace encke::sockjs
