// Signs of life: every loop of a server has to give one.
#include "server/app/watchdog.hpp"

#include <encke/server.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <future>
#include <thread>
#include <utility>

using namespace encke;
using namespace encke::app;

namespace {

/// A server that runs, with loops that hang when a test says so.
class Running {
 public:
  static constexpr unsigned kLoops = 3;

  Running() : server_({.listen = {"127.0.0.1:0"}, .workers = kLoops}), thread_([this] { server_.run(); }) {}
  ~Running() {
    server_.stop();
    thread_.join();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  RollCall roll() {
    return {kLoops,
            [this](unsigned worker, std::function<void()> call) { server_.post(worker, std::move(call)); }};
  }
  /// Returns once that loop has run all that was posted to it before.
  void catch_up(unsigned worker) {
    std::promise<void> done;
    server_.post(worker, [&done] { done.set_value(); });
    done.get_future().wait();
  }
  void catch_up_all() {
    for (unsigned worker = 0; worker < kLoops; ++worker) catch_up(worker);
  }
  /// The loop stands still, from now until `go` is set.
  void hang(unsigned worker, std::shared_future<void> go) {
    std::promise<void> stands;
    server_.post(worker, [&stands, go = std::move(go)] {
      stands.set_value();
      go.wait();
    });
    stands.get_future().wait();
  }

 private:
  Server server_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("the roll is complete once every loop has answered, and is called again each time") {
  Running running;
  RollCall roll = running.roll();
  CHECK_FALSE(roll.complete());  // nobody has been asked yet
  for (int round = 0; round < 3; ++round) {
    running.catch_up_all();
    CHECK(roll.complete());
  }
}

TEST_CASE("a loop that hangs, whichever it is, keeps the roll from being complete until it goes on") {
  Running running;
  for (unsigned worker = 0; worker < Running::kLoops; ++worker) {
    CAPTURE(worker);
    RollCall roll = running.roll();
    CHECK_FALSE(roll.complete());
    running.catch_up_all();
    std::promise<void> go;
    running.hang(worker, go.get_future().share());
    CHECK(roll.complete());  // of the round that all had answered
    for (unsigned other = 0; other < Running::kLoops; ++other) {
      if (other != worker) running.catch_up(other);
    }
    for (int round = 0; round < 10; ++round) CHECK_FALSE(roll.complete());
    go.set_value();
    running.catch_up(worker);
    CHECK(roll.complete());
  }
}
