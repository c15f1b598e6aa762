// Everything below a service's /encke.VERSION: opening a session, and the transports that carry it (PROTOCOL
// 6).
#pragma once

#include "server/core/sessions.hpp"
#include "server/core/transport.hpp"
#include "server/http/exchange.hpp"
#include "transports/shared/bridge_page.hpp"
#include "transports/shared/facade_reports.hpp"
#include "transports/shared/routes.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace encke::facade {

/// Paths from here on, behind the service's, are the facade's.
inline constexpr std::string_view kPathBegin = "/encke.";

/// The id of the session that `rest`, which begins with kPathBegin, is about. Empty: it is about none.
std::string_view session_id_of(std::string_view rest);

/// With so many sessions that have no carrier on a loop no more are opened: a key costs one request, and what
/// it stands for lives for the resume window.
inline constexpr std::size_t kMostWaiting = 65'536;

/// One per service and loop.
class FacadeService final {
 public:
  /// `sessions`, which are resumable, and `transports` outlive this.
  /// `report` is told what pages report, a line each; it may be null. `gate`, which may be null too, is asked
  /// about each session.
  FacadeService(Sessions& sessions, std::span<const std::unique_ptr<Transport>> transports,
                ReportSink report = {}, std::size_t most_waiting = kMostWaiting, Gate* gate = nullptr);
  ~FacadeService();

  /// `rest` begins with kPathBegin.
  http::Admission admit(http::Request& request, std::string_view rest);
  /// What /info says of it: a JSON object.
  const std::string& description() const { return description_; }

 private:
  class Open;

  http::Admission refuse_page(const http::Request& request, std::string_view rest);
  http::Admission admit_open(const http::Request& request);
  http::Admission admit_bridge(const http::Request& request);

  Sessions& sessions_;
  Gate* const gate_;
  Routes routes_;
  Reports reports_;
  RouteHandler report_;
  std::unique_ptr<Open> open_;
  std::unique_ptr<BridgePage> bridge_;
  std::string description_;
};

}  // namespace encke::facade
