// Signs of life for systemd, as long as every loop turns.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace encke::app {

/// Asks each loop of a server whether it is there. Belongs to one thread.
class RollCall {
 public:
  /// Runs a call on the loop of that number, as Server::post().
  using Post = std::function<void(unsigned worker, std::function<void()> call)>;
  RollCall(unsigned workers, Post post) : workers_(workers), post_(std::move(post)) {}

  /// Whether every loop has answered since it was asked. If so, and at the first call, all are asked anew.
  bool complete();

 private:
  const unsigned workers_;
  const Post post_;
  // How many have not answered; shared with the calls, which a loop that has stopped may never run.
  std::shared_ptr<std::atomic<unsigned>> silent_;
};

/// Calls the roll four times in an interval, on a thread of its own, and `alive` whenever it is complete. One
/// loop that hangs keeps the sign back.
class Watchdog {
 public:
  Watchdog(unsigned workers, RollCall::Post post, std::chrono::microseconds interval,
           std::function<void()> alive);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void ask();

  RollCall roll_;  // of the thread
  const std::chrono::microseconds step_;
  const std::function<void()> alive_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  std::thread thread_;
};

}  // namespace encke::app
