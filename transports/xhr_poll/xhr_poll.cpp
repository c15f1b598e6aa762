// XHR long polling.
#include "transports/xhr_poll/xhr_poll.hpp"

#include "transports/shared/line_envelope.hpp"
#include "transports/shared/receiver.hpp"

#include <array>

namespace encke {

namespace {

constexpr std::array kRoutes{Route{.leaf = "xhr", .method = Route::Method::post, .cross_origin = true}};
constexpr TransportInfo kInfo{
    .name = "xhr_poll", .routes = kRoutes, .greeting = {}, .can = {.cross_origin = true}};

class XhrPoll final : public Transport {
 public:
  const TransportInfo& info() const override { return kInfo; }
  Result<void> serve(const Route&, http::Exchange& exchange, Sessions& sessions) override {
    return sockjs::poll(exchange, sessions, kInfo.name, sockjs::line_kind());
  }
};

}  // namespace

std::unique_ptr<Transport> make_xhr_poll() { return std::make_unique<XhrPoll>(); }

}  // namespace encke
