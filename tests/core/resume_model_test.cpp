// Resumable sessions against a model of them, driven at random: losses, replays, overlaps, slow carriers,
// pauses, closes from both ends, time (PROTOCOL 6).
//
// ENCKE_RESUME_SEED=N makes the one run of that seed, and writes what happens in it to standard error;
// ENCKE_RESUME_STEPS=N sets how many steps there are in all.
#include "tests/core/resume_driver.hpp"

#include <doctest/doctest.h>

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

Run run(TimerWheel& timers, std::uint64_t seed, bool trace) {
  std::mt19937_64 random(seed);
  ResumeDriver driver(
      timers, [&random](std::size_t end) { return random() % end; }, trace);
  for (int step = 0; step < kStepsOfRun && driver.goes_on(); ++step) driver.step();
  driver.settle();
  const ResumeModel& model = driver.model();
  return {model.broken(), model.steps(), model.arrived(), model.heard(), model.over()};
}

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
    const Run one = run(timers, seed, only != 0);
    if (!one.broken.empty()) FAIL("ENCKE_RESUME_SEED=" << seed << ": " << one.broken);
    if (only != 0) return;
    all.steps += one.steps;
    all.arrived += one.arrived;
    all.heard += one.heard;
    over += one.over ? 1 : 0;
  }
  MESSAGE(all.steps << " steps, " << runs << " sessions of which " << over << " ended, " << all.arrived
                    << " messages down, " << all.heard << " up");
  CHECK(all.arrived > steps / 25);
  CHECK(all.heard > steps / 25);
  CHECK(over > runs / 4);
  CHECK(over < runs);
}
