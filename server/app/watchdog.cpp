// Signs of life for systemd, as long as every loop turns.
#include "server/app/watchdog.hpp"

#include <utility>

namespace encke::app {

bool RollCall::complete() {
  if (silent_ && *silent_ > 0) return false;
  const bool asked = silent_ != nullptr;
  silent_ = std::make_shared<std::atomic<unsigned>>(workers_);
  for (unsigned worker = 0; worker < workers_; ++worker) {
    post_(worker, [silent = silent_] { --*silent; });
  }
  return asked;
}

Watchdog::Watchdog(unsigned workers, RollCall::Post post, std::chrono::microseconds interval,
                   std::function<void()> alive)
    : roll_(workers, std::move(post)),
      step_(interval / 4),
      alive_(std::move(alive)),
      thread_([this] { ask(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  ended_.notify_one();
  thread_.join();
}

void Watchdog::ask() {
  std::unique_lock lock(mutex_);
  do {
    if (roll_.complete()) alive_();
  } while (!ended_.wait_for(lock, step_, [this] { return end_; }));
}

}  // namespace encke::app
