// The routes of a service's transports, bound to its sessions.
#pragma once

#include "server/core/sessions.hpp"
#include "server/core/transport.hpp"
#include "server/http/exchange.hpp"
#include "transports/shared/gate.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace encke {

/// The loop that a session's id hashes to, of `workers`.
unsigned worker_of(std::string_view session_id, unsigned workers);

/// Whether the service offers a transport: by its list, and for WebSocket by its switch.
bool offers(const ServiceOptions& options, const Transport& transport);

/// One transport's route, bound to sessions.
class RouteHandler final : public http::Handler {
 public:
  using Serve = std::function<Result<void>(http::Exchange&, Sessions&)>;
  /// `gate`, which may be null, is asked about what would open a session.
  RouteHandler(Sessions& sessions, const Route& route, std::string_view transport, Serve serve,
               Gate* gate = nullptr)
      : sessions_(sessions), route_(route), transport_(transport), serve_(std::move(serve)), gate_(gate) {}

  void handle(http::Exchange& exchange) override;
  const Route& route() const { return route_; }
  std::string_view transport() const { return transport_; }

 private:
  bool opens(const http::Request& request) const;
  void serve(http::Exchange& exchange);
  void serve(http::Exchange& exchange, std::shared_ptr<const AccessAnswer> answer);
  void refuse(http::Exchange& exchange, const PeerError& error);

  Sessions& sessions_;
  const Route route_;
  const std::string_view transport_;
  Serve serve_;
  Gate* const gate_;
};

/// Answers OPTIONS.
class Preflight final : public http::Handler {
 public:
  Preflight(const ServiceOptions& options, std::string_view methods, bool credentials = true)
      : options_(options), methods_(methods), credentials_(credentials) {}
  void handle(http::Exchange& exchange) override;

 private:
  const ServiceOptions& options_;
  std::string_view methods_;
  bool credentials_;
};

/// All routes of the transports that the service offers, with `xhr_send` where one of them only carries down.
class Routes {
 public:
  Routes(Sessions& sessions, std::span<const std::unique_ptr<Transport>> transports, Gate* gate = nullptr);

  RouteHandler* find(std::string_view leaf) const;
  /// The name of the transport that has the leaf; empty: none has.
  std::string_view transport_at(std::string_view leaf) const;
  /// The first route of a transport; null where the service does not offer it.
  RouteHandler* of_transport(std::string_view name) const;
  /// The verdict on a request for `handler`'s route, of the session whose id is `session`; `stays`: it may be
  /// served on whatever loop it came to.
  http::Admission admit(const http::Request& request, RouteHandler& handler, std::string_view session,
                        bool stays);
  http::Handler& get_preflight() { return get_preflight_; }
  http::Handler& post_preflight() { return post_preflight_; }

 private:
  Sessions& sessions_;
  Gate* const gate_;
  std::vector<std::unique_ptr<RouteHandler>> handlers_;
  Preflight get_preflight_;
  Preflight post_preflight_;
  Preflight bare_preflight_;
};

/// The answer to a request that may not use the service for the page that it comes from, or for want of one;
/// counted, and told, for `transport`, which is empty where the request is for none.
http::Admission refuse_origin(const http::Request& request, Sessions& sessions, std::string_view transport);

/// The most that is read of bodies that mean nothing.
inline constexpr std::size_t kIgnoredBody = 64 * 1024;

/// The most that is read of a body, or on the facade's wire of a WebSocket message: it may hold several
/// messages, and JSON may need more bytes for a message than it has.
std::size_t body_limit(const ServiceOptions& options);

}  // namespace encke
