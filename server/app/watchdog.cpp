// Signs of life for systemd, as long as every loop turns.
#include "server/app/watchdog.hpp"

#include <utility>

namespace encke::app {

Watchdog::Watchdog(unsigned workers, Post post, std::chrono::microseconds interval,
                   std::function<void()> alive)
    : workers_(workers),
      post_(std::move(post)),
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
  // Shared with the calls, which a loop that has stopped may never run.
  std::shared_ptr<std::atomic<unsigned>> silent;
  std::unique_lock lock(mutex_);
  do {
    if (silent && *silent > 0) continue;
    if (silent) alive_();
    silent = std::make_shared<std::atomic<unsigned>>(workers_);
    for (unsigned worker = 0; worker < workers_; ++worker) {
      post_(worker, [silent] { --*silent; });
    }
  } while (!ended_.wait_for(lock, step_, [this] { return end_; }));
}

}  // namespace encke::app
