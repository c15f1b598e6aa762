// Finds out by itself which of a gateway's backends answer.
#include "server/services/backend_checks.hpp"

#include <utility>
#include <vector>

namespace encke::services {

class BackendChecks::Checker final : public TimerWheel::Timer {
 public:
  Checker(net::Loop& loop, std::shared_ptr<Backends> backends, Millis pause, net::DialOptions how)
      : loop_(loop),
        backends_(std::move(backends)),
        pause_(pause),
        how_(std::move(how)),
        dials_(backends_->size()) {}
  ~Checker() override { stop(); }

  void begin() {
    if (!stopped_) on_timer();
  }
  void stop() {
    stopped_ = true;
    clear();
    for (std::unique_ptr<net::Dial>& dial : dials_) {
      if (!dial) continue;
      dial->hang_up();
      loop_.context().turn.bury(std::move(dial));
    }
  }

 private:
  void on_timer() override {
    for (std::size_t index = 0; index < dials_.size(); ++index) {
      if (!dials_[index]) check(index);
    }
    loop_.context().timers.set(*this, pause_);
  }

  void check(std::size_t index) {
    dials_[index] = std::make_unique<net::Dial>(loop_, loop_.resolver(), backends_->endpoint(index), how_,
                                                [this, index](const net::Dialed& dialed) {
                                                  loop_.context().turn.bury(std::move(dials_[index]));
                                                  checked(index, dialed);
                                                });
  }

  void checked(std::size_t index, const net::Dialed& dialed) {
    if (dialed.connection != nullptr) {
      backends_->connected(index, false);
    } else {
      backends_->failed(index, dialed.fault, dialed.text, loop_.context().timers.now());
    }
  }

  net::Loop& loop_;
  const std::shared_ptr<Backends> backends_;
  const Millis pause_;
  const net::DialOptions how_;
  std::vector<std::unique_ptr<net::Dial>> dials_;  // those under way
  bool stopped_ = false;
};

BackendChecks::BackendChecks(net::Workers& workers, std::shared_ptr<Backends> backends, Millis pause,
                             net::DialOptions how)
    : workers_(workers),
      checker_(std::make_shared<Checker>(workers.loop(0), std::move(backends), pause, std::move(how))) {
  workers_.post(0, [checker = checker_] { checker->begin(); });
}

BackendChecks::~BackendChecks() {
  workers_.post(0, [checker = std::move(checker_)] { checker->stop(); });
}

}  // namespace encke::services
