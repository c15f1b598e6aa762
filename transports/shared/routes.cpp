// The routes of a service's transports.
#include "transports/shared/routes.hpp"

#include "transports/shared/facade_frames.hpp"
#include "transports/shared/facade_origin.hpp"
#include "transports/shared/facade_session.hpp"
#include "transports/shared/sender.hpp"
#include "transports/shared/service_head.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace encke {

std::size_t body_limit(const ServiceOptions& options) { return options.max_message_bytes * 2 + 64 * 1024; }

unsigned worker_of(std::string_view session_id, unsigned workers) {
  std::uint32_t hash = 2166136261u;  // FNV-1a
  for (const char letter : session_id) hash = (hash ^ static_cast<unsigned char>(letter)) * 16777619u;
  return hash % workers;
}

bool offers(const ServiceOptions& options, const Transport& transport) {
  const std::string_view name = transport.info().name;
  if (name == "websocket" && !options.websocket) return false;
  return options.transports.empty() ||
         std::find(options.transports.begin(), options.transports.end(), name) != options.transports.end();
}

void RouteHandler::handle(http::Exchange& exchange) {
  const Result<void> served = serve_(exchange, sessions_);
  if (served) return;
  const http::Request& request = exchange.request();
  int status = served.error().status;
  std::string body = served.error().text;
  if (sessions_.resumable()) {
    // As a frame, so that a page can tell our word from that of something on the way.
    body.clear();
    facade::append_refusal(served.error(), body);
    if (!facade::shows_status(request)) status = 200;
  }
  http::ResponseHead answer =
      sockjs::ServiceHead(request, sessions_.options(), route_.cross_origin, route_.credentials).make(status);
  exchange.respond(answer.type(http::kPlainText), body + "\n");
}

void Preflight::handle(http::Exchange& exchange) {
  http::Response response = http::preflight(exchange.request(), methods_, credentials_);
  if (credentials_) sockjs::ServiceHead::add_cookie(exchange.request(), options_, response.head);
  exchange.respond(response.head, response.body);
}

Routes::Routes(Sessions& sessions, std::span<const std::unique_ptr<Transport>> transports)
    : sessions_(sessions),
      get_preflight_(sessions.options(), "OPTIONS, GET"),
      post_preflight_(sessions.options(), "OPTIONS, POST"),
      bare_preflight_(sessions.options(), "OPTIONS, POST", false) {
  bool needs_sender = false;
  for (const std::unique_ptr<Transport>& transport : transports) {
    const TransportInfo& info = transport->info();
    if (!offers(sessions.options(), *transport)) continue;
    for (const Route& route : info.routes) {
      const auto serve = [&transport = *transport, &route](http::Exchange& exchange, Sessions& to) {
        return transport.serve(route, exchange, to);
      };
      handlers_.push_back(std::make_unique<RouteHandler>(sessions, route, info.name, serve));
    }
    needs_sender = needs_sender || !info.can.sends_up;
  }
  if (!needs_sender) return;
  const Route route{.leaf = "xhr_send", .method = Route::Method::post, .cross_origin = true};
  handlers_.push_back(std::make_unique<RouteHandler>(sessions, route, std::string_view{}, &sockjs::xhr_send));
}

RouteHandler* Routes::find(std::string_view leaf) const {
  const auto found = std::find_if(handlers_.begin(), handlers_.end(),
                                  [&](const auto& handler) { return handler->route().leaf == leaf; });
  return found == handlers_.end() ? nullptr : found->get();
}

RouteHandler* Routes::of_transport(std::string_view name) const {
  const auto found = std::find_if(handlers_.begin(), handlers_.end(),
                                  [&](const auto& handler) { return handler->transport() == name; });
  return found == handlers_.end() ? nullptr : found->get();
}

http::Admission Routes::admit(const http::Request& request, RouteHandler& handler, std::string_view session,
                              bool stays) {
  const bool posts = handler.route().method == Route::Method::post;
  if (handler.route().cross_origin && request.method == "OPTIONS") {
    http::Handler& with = posts ? post_preflight_ : get_preflight_;
    return http::Admission::serve(handler.route().credentials ? with : bare_preflight_, kIgnoredBody);
  }
  if (request.method != (posts ? "POST" : "GET")) {
    const std::string allow = posts ? "POST" : "GET";
    return http::Admission::refuse(
        http::method_not_allowed(handler.route().cross_origin ? allow + ", OPTIONS" : allow));
  }
  if (stays) return http::Admission::serve(handler, kIgnoredBody);
  const LoopContext& loop = sessions_.loop();
  const unsigned worker = worker_of(session, loop.workers);
  if (worker != loop.worker) return http::Admission::move(worker);
  return http::Admission::serve(handler, posts ? body_limit(sessions_.options()) : kIgnoredBody);
}

bool origin_listed(const ServiceOptions& options, std::string_view origin) {
  return options.origins.empty() || origin.empty() ||
         std::find(options.origins.begin(), options.origins.end(), origin) != options.origins.end();
}

bool origin_allowed(const ServiceOptions& options, const http::Request& request) {
  return origin_listed(options, facade::origin_field(request)) &&
         origin_listed(options, facade::bridged_origin(request));
}

http::Response origin_refused(const http::Request& request) {
  const std::string_view bridged = facade::bridged_origin(request);
  std::string text = "the origin " + std::string(facade::origin_field(request));
  if (!bridged.empty()) text += ", or " + std::string(bridged) + ", for which it asks,";
  return http::text_response(403, text + " may not use this service");
}

}  // namespace encke
