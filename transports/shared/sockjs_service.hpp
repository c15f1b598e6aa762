// Everything below one service's path: greeting, /info, the iframe page, the raw WebSocket, and the
// transports.
#pragma once

#include "server/core/sessions.hpp"
#include "server/core/transport.hpp"
#include "server/http/exchange.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace encke::sockjs {

/// One per service and loop. PROTOCOL.md part 1 has the table of paths.
class SockjsService final : public http::Resource {
 public:
  /// `sessions` and `transports` outlive this.
  SockjsService(Sessions& sessions, std::span<const std::unique_ptr<Transport>> transports);
  ~SockjsService() override;

  http::Admission admit(http::Request& request, std::string_view rest) override;

 private:
  class Page;
  class RouteHandler;
  class Preflight;

  http::Admission admit_page(const http::Request& request, Page& page);
  http::Admission admit_route(http::Request& request, std::string_view rest);
  bool origin_allowed(const http::Request& request) const;
  bool offers(std::string_view transport) const;

  Sessions& sessions_;
  std::unique_ptr<Page> greeting_;
  std::unique_ptr<Page> info_;
  std::unique_ptr<Page> iframe_;
  std::unique_ptr<RouteHandler> raw_websocket_;
  std::unique_ptr<Preflight> get_preflight_;
  std::unique_ptr<Preflight> post_preflight_;
  std::vector<std::unique_ptr<RouteHandler>> routes_;
};

/// Whether `path` is /iframe.html or /iframe<version>.html.
bool is_iframe_path(std::string_view path);
/// The page that SockJS clients load for cross-domain work, around the library's URL.
std::string iframe_page(std::string_view sockjs_url);
/// Splits /<server>/<session>/<leaf> with an optional slash at its end; each of the first two is a run of
/// characters other than '/' and '.'. False for anything else.
bool split_session_path(std::string_view rest, std::string_view& session, std::string_view& leaf);
/// The worker that a session id belongs to; the same on every loop.
unsigned worker_of(std::string_view session_id, unsigned workers);

}  // namespace encke::sockjs
