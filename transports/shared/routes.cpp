// The routes of a service's transports.
#include "transports/shared/routes.hpp"

#include "transports/shared/facade_frames.hpp"
#include "transports/shared/facade_origin.hpp"
#include "transports/shared/facade_session.hpp"
#include "transports/shared/origin_judge.hpp"
#include "transports/shared/sender.hpp"
#include "transports/shared/service_head.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace encke {

std::size_t body_limit(const ServiceOptions& options) {
  return options.limits.body_bytes > 0 ? options.limits.body_bytes
                                       : options.max_message_bytes * 2 + 64 * 1024;
}

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

/// Whether a request opens a session, if it may: the facade's have been opened by then.
bool RouteHandler::opens(const http::Request& request) const {
  if (route_.sends || sessions_.resumable()) return false;
  return transport_ == "websocket" || sessions_.find(request.captured) == nullptr;
}

void RouteHandler::handle(http::Exchange& exchange) {
  if (gate_ == nullptr || sessions_.resumable()) {
    serve(exchange);
    return;
  }
  const http::Request& request = exchange.request();
  const Asker asker = route_.element ? Asker::element : Asker::script_api;
  const bool needs_token = judge_origin(sessions_.options(), request, asker) != OriginVerdict::allowed;
  if (!needs_token && !opens(request)) {
    serve(exchange);
    return;
  }
  gate_->ask(exchange, {.sessions = sessions_, .transport = transport_, .needs_token = needs_token},
             [this](http::Exchange& to, std::shared_ptr<const AccessAnswer> answer) {
               serve(to, std::move(answer));
             });
}

void RouteHandler::serve(http::Exchange& exchange, std::shared_ptr<const AccessAnswer> answer) {
  // What only proves whose page it is opens nothing that could be closed.
  const bool denied = answer->kind == AccessAnswer::Kind::denied ||
                      (answer->kind == AccessAnswer::Kind::refused && !opens(exchange.request()));
  if (denied) {
    refuse(exchange, {.status = static_cast<std::uint16_t>(answer->status), .text = answer->reason.text});
    return;
  }
  const Sessions::Answering scope(sessions_, std::move(answer));
  serve(exchange);
}

void RouteHandler::serve(http::Exchange& exchange) {
  if (const Result<void> served = serve_(exchange, sessions_); !served) refuse(exchange, served.error());
}

void RouteHandler::refuse(http::Exchange& exchange, const PeerError& error) {
  if (error.status == 413) count_refused(exchange.loop(), Refusal::message, exchange.remote_address());
  const http::Request& request = exchange.request();
  int status = error.status;
  std::string body = error.text;
  if (sessions_.resumable()) {
    // As a frame, so that a page can tell our word from that of something on the way.
    body.clear();
    facade::append_refusal(error, body);
    if (!facade::shows_status(request)) status = 200;
  }
  http::ResponseHead answer =
      sockjs::ServiceHead(request, sessions_.options(), route_.cross_origin, route_.credentials).make(status);
  if (status == 401) answer.add("WWW-Authenticate", "Bearer");  // RFC 9110 15.5.2
  if (error.status == 429 || error.status == 503) answer.retry_after(Guard::kRetryAfter);
  exchange.respond(answer.type(http::kPlainText), body + "\n");
}

void Preflight::handle(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  // Where there is a list only those on it are told that they may; who names none is no page of another's.
  const bool anyone = options_.origins.empty() || request.has_field("origin");
  http::Response response = http::preflight(request, methods_, credentials_, anyone);
  if (credentials_) sockjs::ServiceHead::add_cookie(request, options_, response.head);
  exchange.respond(response.head, response.body);
}

Routes::Routes(Sessions& sessions, std::span<const std::unique_ptr<Transport>> transports, Gate* gate)
    : sessions_(sessions),
      gate_(gate),
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
      handlers_.push_back(std::make_unique<RouteHandler>(sessions, route, info.name, serve, gate));
    }
    needs_sender = needs_sender || !info.can.sends_up;
  }
  if (!needs_sender) return;
  const Route route{.leaf = "xhr_send", .method = Route::Method::post, .cross_origin = true, .sends = true};
  handlers_.push_back(
      std::make_unique<RouteHandler>(sessions, route, std::string_view{}, &sockjs::xhr_send, gate));
}

RouteHandler* Routes::find(std::string_view leaf) const {
  const auto found = std::find_if(handlers_.begin(), handlers_.end(),
                                  [&](const auto& handler) { return handler->route().leaf == leaf; });
  return found == handlers_.end() ? nullptr : found->get();
}

std::string_view Routes::transport_at(std::string_view leaf) const {
  const RouteHandler* const handler = find(leaf);
  return handler == nullptr ? std::string_view{} : handler->transport();
}

RouteHandler* Routes::of_transport(std::string_view name) const {
  const auto found = std::find_if(handlers_.begin(), handlers_.end(),
                                  [&](const auto& handler) { return handler->transport() == name; });
  return found == handlers_.end() ? nullptr : found->get();
}

http::Admission refuse_origin(const http::Request& request, Sessions& sessions, std::string_view transport) {
  http::Response refusal = origin_refused(request);
  sessions.deny({.why = Denial::origin,
                 .transport = transport,
                 .status = refusal.head.status(),
                 .origin = facade::told_origin(request)},
                [&request] { return request.exchange ? request.exchange->remote_address() : std::string{}; });
  return http::Admission::refuse(std::move(refusal));
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
  // A key of the facade's proves as much as an origin: only a page that was let in was given it.
  // Where there is a gate a token may stand for it.
  if (handler.route().element && !sessions_.resumable() && gate_ == nullptr &&
      judge_origin(sessions_.options(), request, Asker::element) != OriginVerdict::allowed) {
    return refuse_origin(request, sessions_, handler.transport());
  }
  if (stays) return http::Admission::serve(handler, kIgnoredBody);
  const LoopContext& loop = sessions_.loop();
  const unsigned worker = worker_of(session, loop.workers);
  if (worker != loop.worker) return http::Admission::move(worker);
  return http::Admission::serve(handler, posts ? body_limit(sessions_.options()) : kIgnoredBody);
}

}  // namespace encke
