// A session's way to one of its gateway's backends.
#include "server/services/backend_call.hpp"

#include <utility>

namespace encke::services {

void BackendCall::begin(How how, net::Dial::Done done) {
  how_ = std::move(how);
  done_ = std::move(done);
  dial_next();
}

void BackendCall::hang_up() {
  if (!dial_) return;
  dial_->hang_up();
  loop_.context().turn.bury(std::move(dial_));
}

void BackendCall::dial_next() {
  const net::Endpoint& to = route_->next();
  dial_ = std::make_unique<net::Dial>(loop_, loop_.resolver(), to, how_(to),
                                      [this](const net::Dialed& result) { dialed(result); });
}

void BackendCall::dialed(const net::Dialed& dialed) {
  loop_.context().turn.bury(std::move(dial_));
  if (dialed.connection != nullptr) {
    route_->connected();
    done_(dialed);
    return;
  }
  route_->failed(dialed, loop_.context().timers.now());
  if (route_->has_next()) {
    dial_next();
  } else {
    done_(dialed);
  }
}

}  // namespace encke::services
