// Everything below one service's path.
#include "transports/shared/sockjs_service.hpp"

#include "server/crypto/digest.hpp"
#include "server/crypto/random.hpp"
#include "transports/shared/sender.hpp"
#include "transports/shared/service_head.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace encke::sockjs {

namespace {

constexpr std::size_t kIgnoredBody = 64 * 1024;  // of requests whose body means nothing

// A payload may hold several messages, and JSON may need more bytes for a message than it has.
std::size_t body_limit(const ServiceOptions& options) { return options.max_message_bytes * 2 + 64 * 1024; }

std::string hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

bool is_websocket(const Transport& transport) { return transport.info().name == "websocket"; }

}  // namespace

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

/// One transport's route, bound to the service's sessions.
class SockjsService::RouteHandler final : public http::Handler {
 public:
  using Serve = std::function<Result<void>(http::Exchange&, Sessions&)>;
  RouteHandler(Sessions& sessions, const Route& route, bool stays, Serve serve)
      : sessions_(sessions), route_(route), stays_(stays), serve_(std::move(serve)) {}

  void handle(http::Exchange& exchange) override {
    const Result<void> served = serve_(exchange, sessions_);
    if (served) return;
    http::ResponseHead answer =
        ServiceHead(exchange.request(), sessions_.options(), route_.cross_origin).make(served.error().status);
    exchange.respond(answer.type(http::kPlainText), served.error().text + "\n");
  }
  const Route& route() const { return route_; }
  /// Whether the request is served on whatever loop it came to.
  bool stays() const { return stays_; }

 private:
  Sessions& sessions_;
  const Route route_;
  const bool stays_;
  Serve serve_;
};

class SockjsService::Preflight final : public http::Handler {
 public:
  Preflight(const ServiceOptions& options, std::string_view methods) : options_(options), methods_(methods) {}
  void handle(http::Exchange& exchange) override {
    http::Response response = http::preflight(exchange.request(), methods_);
    ServiceHead::add_cookie(exchange.request(), options_, response.head);
    exchange.respond(response.head, response.body);
  }

 private:
  const ServiceOptions& options_;
  std::string_view methods_;
};

SockjsService::SockjsService(Sessions& sessions, std::span<const std::unique_ptr<Transport>> transports)
    : sessions_(sessions) {
  const ServiceOptions& options = sessions.options();
  bool websocket = false;
  bool needs_sender = false;
  for (const std::unique_ptr<Transport>& transport : transports) {
    const TransportInfo& info = transport->info();
    if (!offers(info.name) || (is_websocket(*transport) && !options.websocket)) continue;
    const auto serve = [&transport = *transport](http::Exchange& exchange, Sessions& to) {
      return transport.serve(exchange, to);
    };
    for (const Route& route : info.routes) {
      routes_.push_back(std::make_unique<RouteHandler>(sessions, route, is_websocket(*transport), serve));
    }
    if (is_websocket(*transport)) {
      websocket = true;
      raw_websocket_ = std::make_unique<RouteHandler>(sessions, info.routes.front(), true, serve);
    }
    needs_sender = needs_sender || !info.can.sends_up;
  }
  if (needs_sender) {
    const Route route{.leaf = "xhr_send", .method = Route::Method::post, .cross_origin = true};
    routes_.push_back(std::make_unique<RouteHandler>(sessions, route, false, &xhr_send));
  }
  get_preflight_ = std::make_unique<Preflight>(options, "OPTIONS, GET");
  post_preflight_ = std::make_unique<Preflight>(options, "OPTIONS, POST");

  greeting_ = std::make_unique<Page>(
      [](http::Exchange& exchange) {
        exchange.respond(http::ResponseHead(200).type(http::kPlainText), "Welcome to SockJS!\n");
      },
      false);
  const std::string info_begin =
      std::string("{\"websocket\":") + (websocket ? "true" : "false") +
      ",\"origins\":[\"*:*\"],\"cookie_needed\":" + (options.jsessionid ? "true" : "false") + ",\"entropy\":";
  info_ = std::make_unique<Page>(
      [info_begin](http::Exchange& exchange) {
        http::ResponseHead head(200);
        head.type(http::kJson).never_cached().cross_origin(exchange.request());
        exchange.respond(head, info_begin + std::to_string(crypto::random_u32()) + "}");
      },
      true);
  const std::string page = iframe_page(options.sockjs_url);
  const std::string tag = '"' + hex(crypto::md5(page)) + '"';
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

bool SockjsService::offers(std::string_view transport) const {
  const std::vector<std::string>& names = sessions_.options().transports;
  return names.empty() || std::find(names.begin(), names.end(), transport) != names.end();
}

bool SockjsService::origin_allowed(const http::Request& request) const {
  const std::vector<std::string>& origins = sessions_.options().origins;
  const std::string_view origin = request.field("origin");
  return origins.empty() || origin.empty() ||
         std::find(origins.begin(), origins.end(), origin) != origins.end();
}

http::Admission SockjsService::admit(http::Request& request, std::string_view rest) {
  if (rest.empty() || rest == "/") return admit_page(request, *greeting_);
  const std::string_view path = rest.back() == '/' ? rest.substr(0, rest.size() - 1) : rest;
  if (is_iframe_path(path)) return admit_page(request, *iframe_);
  if (!origin_allowed(request)) {
    return http::Admission::refuse(http::text_response(
        403, "the origin " + std::string(request.field("origin")) + " may not use this service"));
  }
  if (path == "/info") return admit_page(request, *info_);
  if (path == "/websocket") {
    if (!raw_websocket_) return http::Admission::refuse(http::not_found());
    if (request.method != "GET") return http::Admission::refuse(http::method_not_allowed("GET"));
    return http::Admission::serve(*raw_websocket_, kIgnoredBody);
  }
  return admit_route(request, rest);
}

http::Admission SockjsService::admit_page(const http::Request& request, Page& page) {
  if (request.method == "GET" || request.method == "HEAD") return http::Admission::serve(page, kIgnoredBody);
  if (!page.cross_origin()) return http::Admission::refuse(http::method_not_allowed("GET, HEAD"));
  if (request.method == "OPTIONS") return http::Admission::serve(*get_preflight_, kIgnoredBody);
  return http::Admission::refuse(http::method_not_allowed("GET, HEAD, OPTIONS"));
}

http::Admission SockjsService::admit_route(http::Request& request, std::string_view rest) {
  std::string_view session;
  std::string_view leaf;
  if (!split_session_path(rest, session, leaf)) return http::Admission::refuse(http::not_found());
  const auto found = std::find_if(routes_.begin(), routes_.end(),
                                  [&](const auto& handler) { return handler->route().leaf == leaf; });
  if (found == routes_.end()) return http::Admission::refuse(http::not_found());
  RouteHandler& handler = **found;
  const bool posts = handler.route().method == Route::Method::post;
  request.captured = session;
  if (handler.route().cross_origin && request.method == "OPTIONS") {
    return http::Admission::serve(posts ? *post_preflight_ : *get_preflight_, kIgnoredBody);
  }
  if (request.method != (posts ? "POST" : "GET")) {
    const std::string allow = posts ? "POST" : "GET";
    return http::Admission::refuse(
        http::method_not_allowed(handler.route().cross_origin ? allow + ", OPTIONS" : allow));
  }
  if (handler.stays()) return http::Admission::serve(handler, kIgnoredBody);
  const LoopContext& loop = sessions_.loop();
  const unsigned worker = worker_of(session, loop.workers);
  if (worker != loop.worker) return http::Admission::move(worker);
  return http::Admission::serve(handler, posts ? body_limit(sessions_.options()) : kIgnoredBody);
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

unsigned worker_of(std::string_view session_id, unsigned workers) {
  std::uint32_t hash = 2166136261u;  // FNV-1a
  for (const char letter : session_id) hash = (hash ^ static_cast<unsigned char>(letter)) * 16777619u;
  return hash % workers;
}

}  // namespace encke::sockjs
