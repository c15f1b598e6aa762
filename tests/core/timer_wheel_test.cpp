// The timing wheel: never early, at most one tick late.
#include "server/core/timer_wheel.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

using encke::Millis;
using encke::TimerWheel;

namespace {

class Probe final : public TimerWheel::Timer {
 public:
  explicit Probe(std::function<void()> action) : action_(std::move(action)) {}
  int fired = 0;

 private:
  void on_timer() override {
    CHECK_FALSE(is_set());
    ++fired;
    if (action_) action_();
  }
  std::function<void()> action_;
};

constexpr Millis kTick = TimerWheel::kTick;
constexpr Millis kRound = kTick * 1024;

}  // namespace

TEST_CASE("a timer fires never early and at most one tick late, whatever the delay and the phase") {
  for (const int phase : {0, 1, 49, 50, 51}) {
    for (const int delay : {1, 49, 50, 51, 99, 100, 101, 5'000, 25'000, 51'199, 51'200, 51'201, 120'000}) {
      TimerWheel wheel(Millis{1'000'000});
      wheel.advance(wheel.now() + Millis{phase});
      const Millis start = wheel.now();
      Probe probe(nullptr);
      wheel.set(probe, Millis{delay});
      while (probe.fired == 0) {
        REQUIRE(wheel.now() < start + Millis{delay} + kTick);
        wheel.advance(wheel.now() + Millis{1});
      }
      CHECK(wheel.now() >= start + Millis{delay});
      CHECK_FALSE(probe.is_set());
    }
  }
}

TEST_CASE("a delay of nothing, or less, fires at the next tick") {
  TimerWheel wheel;
  Probe nothing(nullptr);
  Probe less(nullptr);
  wheel.set(nothing, Millis{0});
  wheel.set(less, Millis{-100});
  CHECK(nothing.fired == 0);
  wheel.advance(kTick);
  CHECK(nothing.fired == 1);
  CHECK(less.fired == 1);
}

TEST_CASE("a timer fires once, and can be moved while it is set") {
  TimerWheel wheel;
  Probe probe(nullptr);
  wheel.set(probe, Millis{100});
  wheel.set(probe, Millis{1'000});
  wheel.advance(Millis{900});
  CHECK(probe.fired == 0);
  CHECK(probe.is_set());
  wheel.advance(Millis{2'000});
  wheel.advance(kRound * 3);
  CHECK(probe.fired == 1);
}

TEST_CASE("a cleared or destroyed timer does not fire") {
  TimerWheel wheel;
  Probe cleared(nullptr);
  auto destroyed = std::make_unique<Probe>([] { FAIL("fired after its end"); });
  wheel.set(cleared, Millis{100});
  wheel.set(*destroyed, Millis{100});
  cleared.clear();
  cleared.clear();
  destroyed.reset();
  wheel.advance(Millis{1'000});
  CHECK(cleared.fired == 0);
}

TEST_CASE("timers fire in the order of their ticks") {
  TimerWheel wheel;
  std::string order;
  Probe a([&] { order += 'a'; });
  Probe b([&] { order += 'b'; });
  Probe c([&] { order += 'c'; });
  wheel.set(c, Millis{600});
  wheel.set(a, Millis{100});
  wheel.set(b, Millis{300});
  wheel.advance(Millis{1'000});
  CHECK(order == "abc");
}

TEST_CASE("a timer may set itself again, and keeps its rhythm") {
  TimerWheel wheel;
  TimerWheel::Timer* self = nullptr;
  Probe probe([&] { wheel.set(*self, Millis{25'000}); });
  self = &probe;
  wheel.set(probe, Millis{25'000});
  for (int second = 1; second <= 200; ++second) wheel.advance(Millis{1'000} * second);
  CHECK(probe.fired == 8);
  CHECK(probe.is_set());
}

TEST_CASE("a timer that fires may clear, move, set and destroy others of its slot") {
  TimerWheel wheel;
  Probe cleared(nullptr);
  Probe moved(nullptr);
  Probe set(nullptr);
  auto destroyed = std::make_unique<Probe>([] { FAIL("fired after its end"); });
  Probe first([&] {
    cleared.clear();
    wheel.set(moved, Millis{500});
    wheel.set(set, Millis{0});
    destroyed.reset();
  });
  wheel.set(first, Millis{100});
  wheel.set(cleared, Millis{100});
  wheel.set(moved, Millis{100});
  wheel.set(*destroyed, Millis{100});
  wheel.advance(Millis{100});
  CHECK(first.fired == 1);
  CHECK(cleared.fired == 0);
  CHECK(moved.fired == 0);
  wheel.advance(Millis{700});
  CHECK(moved.fired == 1);
  CHECK(set.fired == 1);
}

TEST_CASE("a timer may destroy itself when it fires") {
  TimerWheel wheel;
  std::unique_ptr<Probe> probe;
  probe = std::make_unique<Probe>([&] { probe.reset(); });
  wheel.set(*probe, Millis{100});
  wheel.advance(Millis{200});
  CHECK(probe == nullptr);
}

TEST_CASE(
    "after a pause of many rounds each timer fires once, and what it sets counts from the time that it is") {
  TimerWheel wheel;
  Probe answer(nullptr);
  Probe heartbeat([&] { wheel.set(answer, Millis{10'000}); });
  Probe late(nullptr);
  wheel.set(heartbeat, Millis{25'000});
  wheel.set(late, kRound * 2);
  const Millis woken = kRound * 10 + Millis{17};
  wheel.advance(woken);
  CHECK(heartbeat.fired == 1);
  CHECK(late.fired == 1);
  CHECK_MESSAGE(answer.fired == 0, "nobody had the time to answer");
  wheel.advance(woken + Millis{9'999});
  CHECK(answer.fired == 0);
  wheel.advance(woken + Millis{10'000} + kTick);
  CHECK(answer.fired == 1);
}

TEST_CASE("after a long pause every slot has had its look") {
  std::vector<std::unique_ptr<Probe>> probes;
  TimerWheel wheel;
  for (int tick = 1; tick <= 1'024; ++tick) {
    probes.push_back(std::make_unique<Probe>(nullptr));
    wheel.set(*probes.back(), kTick * tick);
  }
  wheel.advance(kRound * 10 + kTick * 7);
  for (const auto& probe : probes) CHECK(probe->fired == 1);
}

TEST_CASE("a pause shorter than a round leaves what a timer sets its full time too") {
  TimerWheel wheel;
  Probe answer(nullptr);
  Probe heartbeat([&] { wheel.set(answer, Millis{10'000}); });
  wheel.set(heartbeat, Millis{25'000});
  wheel.advance(Millis{40'000});
  CHECK(heartbeat.fired == 1);
  CHECK(answer.fired == 0);
  wheel.advance(Millis{49'999});
  CHECK(answer.fired == 0);
  wheel.advance(Millis{50'050});
  CHECK(answer.fired == 1);
}

TEST_CASE("time that goes back is taken for no time") {
  TimerWheel wheel(Millis{10'000});
  Probe probe(nullptr);
  wheel.set(probe, Millis{100});
  wheel.advance(Millis{500});
  CHECK(wheel.now() == Millis{10'000});
  wheel.advance(Millis{10'150});
  CHECK(probe.fired == 1);
}

TEST_CASE("until_next is nothing without timers, and never later than the next one") {
  TimerWheel wheel;
  CHECK_FALSE(wheel.until_next().has_value());
  Probe near(nullptr);
  Probe far(nullptr);
  wheel.set(near, Millis{5'000});
  wheel.set(far, kRound + Millis{2'500});
  REQUIRE(wheel.until_next().has_value());
  CHECK(*wheel.until_next() <= Millis{5'000} + kTick);
  near.clear();
  REQUIRE_MESSAGE(wheel.until_next().has_value(), "a timer of the next round is set");
  CHECK(*wheel.until_next() <= kRound + Millis{2'500} + kTick);
  far.clear();
  for (int round = 0; round < 2 && wheel.until_next(); ++round)
    wheel.advance(wheel.now() + *wheel.until_next());
  CHECK_FALSE(wheel.until_next().has_value());
}

TEST_CASE(
    "a loop that sleeps as until_next says fires every timer on time and makes few steps (random, fixed "
    "seeds)") {
  for (const unsigned seed : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u}) {
    std::mt19937 random(seed);
    TimerWheel wheel(Millis{static_cast<int>(random() % 100'000)});
    struct Entry {
      std::unique_ptr<Probe> probe;
      Millis due{0};
      bool set = false;
    };
    std::vector<Entry> entries(40);
    for (Entry& entry : entries) {
      entry.probe = std::make_unique<Probe>([&entry, &wheel] {
        REQUIRE(entry.set);
        REQUIRE(wheel.now() >= entry.due);
        REQUIRE(wheel.now() <= entry.due + kTick);
        entry.set = false;
      });
    }
    for (int step = 0; step < 4'000; ++step) {
      Entry& entry = entries[random() % entries.size()];
      switch (random() % 4) {
        case 0:
          entry.probe->clear();
          entry.set = false;
          break;
        case 1: {
          const Millis delay{static_cast<int>(random() % (random() % 3 == 0 ? 200'000 : 3'000)) + 1};
          entry.due = wheel.now() + delay;
          entry.set = true;
          wheel.set(*entry.probe, delay);
          break;
        }
        default: {
          const auto sleep = wheel.until_next();
          bool any = false;
          for (const Entry& each : entries) any = any || each.set;
          REQUIRE((sleep.has_value() || !any));
          // Woken by something else, or by the wheel's own word.
          if (sleep)
            wheel.advance(wheel.now() +
                          (random() % 2 == 0 ? *sleep : std::min(*sleep, Millis{random() % 500})));
        }
      }
    }
    int steps = 0;
    while (const auto sleep = wheel.until_next()) {
      wheel.advance(wheel.now() + *sleep);
      REQUIRE(++steps < 1'000);
    }
    for (const Entry& entry : entries) CHECK_FALSE(entry.set);
  }
}

TEST_CASE("what a loop sets when it wakes counts from then, not from when it fell asleep") {
  TimerWheel wheel;
  Probe older(nullptr);
  Probe newer(nullptr);
  wheel.set(older, Millis{70'000});
  wheel.wake(Millis{60'000});
  CHECK(wheel.now() == Millis{60'000});
  wheel.set(newer, Millis{10'000});
  wheel.advance(Millis{60'000});
  CHECK(older.fired + newer.fired == 0);
  wheel.wake(Millis{69'900});
  wheel.advance(Millis{69'900});
  CHECK(older.fired + newer.fired == 0);
  wheel.wake(Millis{70'000});
  wheel.wake(Millis{1});
  CHECK(wheel.now() == Millis{70'000});
  CHECK(older.fired + newer.fired == 0);
  wheel.advance(Millis{70'000});
  CHECK(older.fired == 1);
  CHECK(newer.fired == 1);
}

TEST_CASE("a wheel that goes leaves its timers clear") {
  Probe probe(nullptr);
  {
    TimerWheel wheel;
    wheel.set(probe, Millis{100});
  }
  CHECK_FALSE(probe.is_set());
}
