// The load generator: opens sessions on one transport, moves messages, checks every one, and says how many
// there were.
//
// With --wait it speaks with the program that measures the server: it prints `ready` when all sessions are
// open and warm and nothing moves, waits for a line, runs the measured phase, prints `done` with its counts
// once nothing moves any more, waits for a line again, and ends. The server's CPU time between the two
// belongs to the counted messages alone.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>

#include "tests/bench/scenario.hpp"

namespace encke::bench {
namespace {

/// Lines on standard input, without blocking.
class Control final : Loop::Watcher {
 public:
  explicit Control(Loop& loop) {
    fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
    loop.watch(STDIN_FILENO, *this, EPOLLIN);
  }

  bool take_line() {
    if (lines_ == 0) return false;
    --lines_;
    return true;
  }

 private:
  void on_ready(std::uint32_t) override {
    char text[256];
    const ssize_t got = read(STDIN_FILENO, text, sizeof text);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) fail("the measuring program is gone");
    for (ssize_t i = 0; i < got; ++i) lines_ += text[i] == '\n' ? 1 : 0;
  }

  int lines_ = 0;
};

class Run {
 public:
  Run(Loop& loop, const Options& options)
      : loop_(loop),
        options_(options),
        scenario_(make_scenario(loop, options)),
        deadline_(loop.now() + seconds(options.timeout)) {
    if (options.wait) control_ = std::make_unique<Control>(loop);
  }

  void all() {
    until("opening sessions", [this] {
      scenario_->open_some();
      return scenario_->opened();
    });
    if (options_.warmup > 0) traffic("warming up", options_.warmup, 0);
    pause("ready");
    const auto start = loop_.now();
    traffic("measuring", options_.seconds, options_.messages);
    report(std::chrono::duration<double>(loop_.now() - start).count());
    if (control_) until("waiting for the end", [this] { return control_->take_line(); });
  }

 private:
  static Loop::Time::duration seconds(double count) {
    return std::chrono::duration_cast<Loop::Time::duration>(std::chrono::duration<double>(count));
  }

  template <typename Done>
  void until(const char* what, Done done) {
    phase_ = what;
    while (!done()) {
      loop_.turn(50);
      scenario_->after_turn();
      if (loop_.now() > deadline_) time_out();
    }
  }

  void traffic(const char* what, double time, std::uint64_t messages) {
    scenario_->allow(loop_.now() + seconds(time), messages);
    scenario_->begin();
    const auto end = loop_.now() + seconds(options_.mode == Mode::Idle ? 0 : time);
    until(what, [this, end, messages] { return scenario_->quiet() && (messages > 0 || loop_.now() >= end); });
  }

  void pause(const char* word) {
    if (!control_) return;
    std::printf("%s\n", word);
    std::fflush(stdout);
    until("waiting to begin", [this] { return control_->take_line(); });
  }

  void report(double elapsed) {
    const Counts counts = scenario_->counts();
    std::printf(
        "done {\"mode\": \"%s\", \"transport\": \"%s\", \"sessions\": %u, \"messages\": %llu, "
        "\"deliveries\": %llu, "
        "\"reads\": %llu, \"seconds\": %.6f}\n",
        mode_name(options_.mode).data(), options_.transport.c_str(), options_.sessions,
        static_cast<unsigned long long>(counts.messages), static_cast<unsigned long long>(counts.deliveries),
        static_cast<unsigned long long>(counts.reads), elapsed);
    std::fflush(stdout);
  }

  [[noreturn]] void time_out() {
    const Counts counts = scenario_->counts();
    fail("timed out while " + std::string(phase_) + ", after " + std::to_string(counts.messages) +
         " messages and " + std::to_string(counts.deliveries) + " deliveries");
  }

  Loop& loop_;
  const Options& options_;
  std::unique_ptr<Scenario> scenario_;
  std::unique_ptr<Control> control_;
  Loop::Time deadline_;
  const char* phase_ = "";
};

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace
}  // namespace encke::bench

int main(int argc, char** argv) {
  using namespace encke::bench;
  const Options options = read_options(argc, argv);
  raise_descriptor_limit();
  Loop loop;
  Run(loop, options).all();
  return 0;
}
