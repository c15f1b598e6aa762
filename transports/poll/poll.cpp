// Plain polling.
#include "transports/poll/poll.hpp"

#include "transports/shared/line_envelope.hpp"
#include "transports/shared/receiver.hpp"

#include <array>

namespace encke {

namespace {

constexpr std::array kRoutes{Route{.leaf = "poll", .method = Route::Method::post, .cross_origin = true}};
constexpr TransportInfo kInfo{
    .name = "poll", .routes = kRoutes, .greeting = {}, .can = {.cross_origin = true}};

const sockjs::ReceiverKind& kind() {
  static const sockjs::ReceiverKind kKind = [] {
    sockjs::ReceiverKind kind = sockjs::line_kind();
    kind.holds = false;
    return kind;
  }();
  return kKind;
}

class Poll final : public Transport {
 public:
  const TransportInfo& info() const override { return kInfo; }
  Result<void> serve(const Route&, http::Exchange& exchange, Sessions& sessions) override {
    return sockjs::poll(exchange, sessions, kInfo.name, kind());
  }
};

}  // namespace

std::unique_ptr<Transport> make_poll() { return std::make_unique<Poll>(); }

}  // namespace encke
