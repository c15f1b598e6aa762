// Signs of life for systemd, as long as every loop turns.
#pragma once

#include <encke/server.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace encke::app {

/// Asks each loop of a server, four times in an interval, whether it is there, on a thread of its own; when
/// all have answered it calls `alive`, and asks again. One loop that hangs keeps the sign back.
class Watchdog {
 public:
  /// `post` runs a call on the loop of that number, as Server::post().
  using Post = std::function<void(unsigned worker, std::function<void()> call)>;
  Watchdog(unsigned workers, Post post, std::chrono::microseconds interval, std::function<void()> alive);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void ask();

  const unsigned workers_;
  const Post post_;
  const std::chrono::microseconds step_;
  const std::function<void()> alive_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  std::thread thread_;
};

}  // namespace encke::app
