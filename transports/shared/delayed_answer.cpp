// The answer to a send.
#include "transports/shared/delayed_answer.hpp"

#include "server/core/deadline.hpp"

#include <memory>
#include <utility>

namespace encke {

namespace {

class DelayedAnswer final : public http::Exchange::Owner, public Session::Waiter, private Deadline {
 public:
  DelayedAnswer(http::Exchange& exchange, Session& session, std::function<void(http::Exchange&)> answer)
      : exchange_(exchange), session_(session), answer_(std::move(answer)) {
    set_deadline_in(kLongestHold);
  }

  void on_delivered() override {
    forget_deadline();
    answer_(exchange_);
  }
  void on_lost() override {
    forget_deadline();
    session_.forget(*this);
  }

 private:
  TimerWheel& wheel() const override { return exchange_.loop().timers; }
  void on_deadline_passed() override {
    session_.forget(*this);
    answer_(exchange_);
  }

  http::Exchange& exchange_;
  Session& session_;
  std::function<void(http::Exchange&)> answer_;
};

}  // namespace

void hold_answer(http::Exchange& exchange, Session& session, std::function<void(http::Exchange&)> answer) {
  auto waiting = std::make_unique<DelayedAnswer>(exchange, session, std::move(answer));
  DelayedAnswer& waiter = *waiting;
  exchange.wait(std::move(waiting));
  session.wait(waiter);
}

}  // namespace encke
