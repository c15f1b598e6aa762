// Resumable sessions against a model of them, driven at random: losses, replays, overlaps, slow carriers,
// pauses, closes from both ends, time (PROTOCOL 6).
//
// ENCKE_RESUME_SEED=N makes the one run of that seed, and writes what happens in it to standard error;
// ENCKE_RESUME_STEPS=N sets how many steps there are in all.
#include "tests/core/resume_model.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

using namespace encke;
using namespace encke::test;

namespace {

constexpr int kStepsOfRun = 600;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// What came of one run.
struct Run {
  std::string broken;
  std::uint64_t steps = 0;
  std::uint64_t arrived = 0;
  std::uint64_t heard = 0;
  bool over = false;
};

class Driver {
 public:
  Driver(TimerWheel& timers, std::uint64_t seed, bool trace)
      : random_(seed),
        model_(
            timers, options(), [this](std::size_t offered) { return appetite(offered); }, trace) {}

  Run run() {
    for (int step = 0; step < kStepsOfRun && model_.broken().empty() && !model_.over(); ++step) {
      event();
      if (one_in(3)) model_.turn_ends();
    }
    if (model_.broken().empty()) model_.settles();
    return {model_.broken(), model_.steps(), model_.arrived(), model_.heard(), model_.over()};
  }

 private:
  std::size_t below(std::size_t end) { return end == 0 ? 0 : random_() % end; }
  bool one_in(std::size_t count) { return below(count) == 0; }

  ServiceOptions options() {
    ServiceOptions options;
    options.outbox_bytes = 2'000;
    constexpr SlowReader kPolicies[] = {SlowReader::close, SlowReader::block, SlowReader::drop_oldest};
    options.slow_reader = kPolicies[below(3)];
    lossy_ = one_in(2);
    slow_ = one_in(2);
    return options;
  }
  ResumeModel::Take appetite(std::size_t offered) {
    ResumeModel::Take take;
    if (slow_ && one_in(3)) take = {below(offered + 1), Taken::Then::wait};
    if (one_in(6)) take.then = Taken::Then::finished;
    return take;
  }
  std::size_t size() {
    if (one_in(60)) return 1'000 + below(1'500);
    if (one_in(10)) return 200 + below(400);
    return below(60);
  }

  void event() {
    switch (below(20)) {
      case 0:
      case 1:
      case 2:
        model_.service_sends(size());
        break;
      case 3:
      case 4:
        model_.page_says(size());
        break;
      case 5:
      case 6:
        model_.page_posts(one_in(3) ? static_cast<int>(below(9)) - 4 : 0, 1 + below(6));
        break;
      case 7:
      case 8:
      case 9:
        arrive();
        break;
      case 10:
      case 11:
      case 12:
        model_.frames_arrive(one_in(4) ? below(model_.links()) : model_.links() - 1, 1 + below(5));
        break;
      case 13:
        join();
        break;
      case 14:
        if (lossy_ && model_.links() > 0) model_.link_breaks(model_.links() - 1, one_in(2));
        break;
      case 15:
        acknowledge();
        break;
      case 16:
        model_.carrier_is_ready();
        break;
      case 17:
        one_in(2) ? model_.service_resumes()
                  : (one_in(4) ? model_.service_pauses() : model_.carrier_is_alive());
        break;
      case 18:
        time();
        break;
      default:
        rarely();
    }
  }
  void join() {
    if (one_in(5)) {  // late, repeated, or of a page that is mistaken
      model_.page_joins(static_cast<int>(below(6)) - 4,
                        model_.arrived() + below(7) - std::min<std::uint64_t>(model_.arrived(), 3));
    } else {
      model_.page_joins(one_in(8) ? 1 + static_cast<int>(below(1'000)) : 1, model_.arrived(), !one_in(4),
                        one_in(3));
    }
  }
  void arrive() {
    constexpr ResumeModel::Answer kAnswers[] = {ResumeModel::Answer::arrives, ResumeModel::Answer::arrives,
                                                ResumeModel::Answer::is_none, ResumeModel::Answer::is_lost};
    model_.post_arrives(one_in(2) ? 0 : below(model_.posts()), one_in(4), kAnswers[below(4)]);
  }
  void acknowledge() {
    switch (below(6)) {
      case 0:
        model_.page_acknowledges(below(model_.arrived() + 1));
        break;
      case 1:
        model_.page_acknowledges(model_.sent_down() + below(3));
        break;
      case 2:
        model_.page_acknowledges((std::uint64_t{1} << 53) - 1);
        break;
      default:
        model_.page_acknowledges(model_.arrived());
    }
  }
  void time() {
    if (one_in(40)) {
      model_.time_passes(Millis{61'000});
    } else {
      model_.time_passes(Millis{below(6'000)});
    }
  }
  void rarely() {
    switch (below(40)) {
      case 0:
        model_.service_closes();
        break;
      case 1:
        model_.page_closes();
        break;
      case 2:
        model_.carrier_is_closed();
        break;
      case 3:
      case 4:
        model_.carrier_ends();
        break;
      default:
        if (model_.posts() > 0) model_.post_is_lost(below(model_.posts()));
    }
  }

  std::mt19937_64 random_;
  bool lossy_ = false;
  bool slow_ = false;
  ResumeModel model_;
};

}  // namespace

TEST_CASE("6 whatever happens between a session and its page, each message arrives once, in order (random)") {
  const std::uint64_t only = from_environment("ENCKE_RESUME_SEED", 0);
  const std::uint64_t steps = from_environment("ENCKE_RESUME_STEPS", 3'000'000);
  TimerWheel timers;
  Run all;
  std::uint64_t runs = 0;
  std::uint64_t over = 0;
  while (all.steps < steps) {
    const std::uint64_t seed = only != 0 ? only : ++runs;
    const Run run = Driver(timers, seed, only != 0).run();
    if (!run.broken.empty()) FAIL("ENCKE_RESUME_SEED=" << seed << ": " << run.broken);
    if (only != 0) return;
    all.steps += run.steps;
    all.arrived += run.arrived;
    all.heard += run.heard;
    over += run.over ? 1 : 0;
  }
  MESSAGE(all.steps << " steps, " << runs << " sessions of which " << over << " ended, " << all.arrived
                    << " messages down, " << all.heard << " up");
  CHECK(all.arrived > steps / 25);
  CHECK(all.heard > steps / 25);
  CHECK(over > runs / 4);
  CHECK(over < runs);
}
