// Everything below one service's path: greeting, /info, the iframe page, the raw WebSocket, and the
// transports.
#pragma once

#include "server/core/sessions.hpp"
#include "server/core/transport.hpp"
#include "server/http/exchange.hpp"
#include "transports/shared/facade_service.hpp"
#include "transports/shared/routes.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace encke::sockjs {

/// One per service and loop. PROTOCOL.md part 1 has the table of paths.
class SockjsService final : public http::Resource {
 public:
  /// `sessions`, `transports` and `gate` outlive this. `facade` answers below /encke.VERSION; null: nothing
  /// does. `gate` is asked about what would open a session; null: whoever may use the service opens one.
  SockjsService(Sessions& sessions, std::span<const std::unique_ptr<Transport>> transports,
                std::unique_ptr<facade::FacadeService> facade = {}, Gate* gate = nullptr);
  ~SockjsService() override;

  http::Admission admit(http::Request& request, std::string_view rest) override;

 private:
  class Page;

  std::string_view transport_of(std::string_view path) const;
  http::Admission admit_page(const http::Request& request, Page& page);
  http::Admission admit_route(http::Request& request, std::string_view rest);

  Sessions& sessions_;
  Gate* const gate_;
  std::unique_ptr<Page> greeting_;
  std::unique_ptr<Page> info_;
  std::unique_ptr<Page> iframe_;
  Routes routes_;
  std::unique_ptr<RouteHandler> events_;  // null: they are not offered
  std::unique_ptr<facade::FacadeService> facade_;
};

/// Whether `path` is /iframe.html or /iframe<version>.html.
bool is_iframe_path(std::string_view path);
/// The page that SockJS clients load for cross-domain work, around the library's URL.
std::string iframe_page(std::string_view sockjs_url);
/// Splits /<server>/<session>/<leaf> with an optional slash at its end; each of the first two is a run of
/// characters other than '/' and '.'. False for anything else.
bool split_session_path(std::string_view rest, std::string_view& session, std::string_view& leaf);
/// The id of the session that `rest`, behind a service's path, is about: SockJS's or the facade's. Empty: it
/// is about none.
std::string_view session_id_of(std::string_view rest);

}  // namespace encke::sockjs
