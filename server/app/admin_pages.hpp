// The pages of the door for operators but for the one that people look at: metrics, health, closing a
// session.
#pragma once

#include "server/app/collector.hpp"
#include "server/http/exchange.hpp"
#include "server/net/workers.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace encke {

/// What an operator asks to be closed.
struct CloseOrder {
  unsigned worker = 0;
  std::string session;  ///< its session_key()
  std::uint16_t code = 1008;
  std::string reason = "closed by an operator";
  std::string by;  ///< the operator's address, for the log
};
/// Closes it, and tells whether there was such a session; on the loop that asked.
using Close = std::function<void(const CloseOrder&, std::function<void(bool found)> then)>;

/// /metrics. `collector` outlives it.
std::unique_ptr<http::Resource> make_metrics_page(Collector& collector);
/// /health: /health/live is 200 as long as this answers, /health/ready while `ready` says so, or else 503.
std::unique_ptr<http::Resource> make_health_page(std::function<bool()> ready);
/// POST of a CloseOrder as JSON, with the field `X-Encke-Admin`, which no page of another origin can set:
/// 204, 400, 403, or 404 where there is no such session.
std::unique_ptr<http::Resource> make_close_page(unsigned workers, Close close);

/// The order in the text of a request; or what is wrong with it.
Result<CloseOrder> read_close_order(std::string_view text, unsigned workers);

}  // namespace encke
