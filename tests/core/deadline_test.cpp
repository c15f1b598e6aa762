// Deadlines that are moved far more often than they pass.
#include "server/core/deadline.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace encke;

namespace {

struct Tested final : Deadline {
  explicit Tested(TimerWheel& on) : on_(on) {}
  TimerWheel& wheel() const override { return on_; }
  void on_deadline_passed() override {
    ++passed;
    if (then) then();
  }
  int passed = 0;
  std::function<void()> then;

 private:
  TimerWheel& on_;
};

}  // namespace

TEST_CASE("a deadline passes once, not early, at most a tick late") {
  TimerWheel wheel;
  Tested deadline(wheel);
  deadline.set_deadline_in(Millis{1'000});
  CHECK(deadline.has_deadline());
  wheel.advance(Millis{999});
  CHECK(deadline.passed == 0);
  wheel.advance(Millis{1'000} + TimerWheel::kTick);
  CHECK(deadline.passed == 1);
  CHECK_FALSE(deadline.has_deadline());
  wheel.advance(Millis{100'000});
  CHECK(deadline.passed == 1);
}

TEST_CASE("a deadline that is moved away passes at its last place only") {
  TimerWheel wheel;
  Tested deadline(wheel);
  for (int step = 0; step <= 100; ++step) {
    wheel.advance(Millis{step * 90});
    deadline.set_deadline_in(Millis{1'000});
  }
  wheel.advance(Millis{9'999});
  CHECK(deadline.passed == 0);
  wheel.advance(Millis{10'000} + TimerWheel::kTick);
  CHECK(deadline.passed == 1);
}

TEST_CASE("a deadline that is moved nearer passes there") {
  TimerWheel wheel;
  Tested deadline(wheel);
  deadline.set_deadline_in(Millis{75'000});
  deadline.set_deadline_in(Millis{5'000});
  wheel.advance(Millis{4'999});
  CHECK(deadline.passed == 0);
  wheel.advance(Millis{5'000} + TimerWheel::kTick);
  CHECK(deadline.passed == 1);
  wheel.advance(Millis{200'000});
  CHECK(deadline.passed == 1);
}

TEST_CASE("a forgotten deadline never passes, and may be set again") {
  TimerWheel wheel;
  Tested deadline(wheel);
  deadline.set_deadline_in(Millis{1'000});
  deadline.forget_deadline();
  CHECK_FALSE(deadline.has_deadline());
  wheel.advance(Millis{500});
  deadline.set_deadline_in(Millis{1'000});
  wheel.advance(Millis{1'499});
  CHECK(deadline.passed == 0);
  wheel.advance(Millis{1'500} + TimerWheel::kTick);
  CHECK(deadline.passed == 1);
}

TEST_CASE("a deadline may be set again while it passes") {
  TimerWheel wheel;
  Tested deadline(wheel);
  deadline.then = [&] { deadline.set_deadline_in(Millis{1'000}); };
  deadline.set_deadline_in(Millis{1'000});
  for (int second = 1; second <= 10; ++second) wheel.advance(Millis{second * 1'100});
  CHECK(deadline.passed == 10);
}

TEST_CASE("a wheel forgets a deadline that is destroyed") {
  TimerWheel wheel;
  {
    Tested deadline(wheel);
    deadline.set_deadline_in(Millis{1'000});
  }
  wheel.advance(Millis{10'000});
  CHECK_FALSE(wheel.until_next().has_value());
}
