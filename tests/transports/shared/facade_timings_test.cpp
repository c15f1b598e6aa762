// Samples of time: their frames, what is counted of them, and what pages cannot do with them.
#include "transports/shared/facade_timings.hpp"

#include "server/core/sessions.hpp"
#include "tests/core/fakes.hpp"
#include "transports/shared/facade_frames.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace encke::facade {
namespace {

using namespace std::chrono_literals;

TEST_CASE("6.14 a sample is t alone, or t and two numbers") {
  REQUIRE(parse_sample("t"));
  CHECK_FALSE(parse_sample("t")->before);
  const auto both = parse_sample("t1500,250");
  REQUIRE(both);
  REQUIRE(both->before);
  CHECK(both->before->network == 1500);
  CHECK(both->before->client == 250);
  for (const char* bad :
       {"t1", "t,", "t1,", "t,1", "t1,2,3", "t-1,2", "t1.5,2", "t01,2", "t99999999999999999,1", "tNaN,0"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_sample(bad));
  }
  const LetterLimits limits{1000, 100};
  Letter letter;
  REQUIRE(parse_letter("a[\"x\"]\nt1,2\nk3", limits, letter));
  REQUIRE(letter.sample);
  CHECK(letter.sample->before->client == 2);
  REQUIRE(parse_letter("a[\"x\"]", limits, letter));
  CHECK_FALSE(letter.sample);
  CHECK(parse_letter("tx", limits, letter).error().status == 400);
}

TEST_CASE(
    "6.14 the server's time is told and counted, and what the page says of the sample before, 60 s at most") {
  test::World world;
  Session& session = world.open();
  const SampleWatch::Clock::time_point arrived{5s};
  const SampleWatch watch(arrived);
  CHECK(watch.done(session, {}, arrived + 340us) == "t340");
  CHECK(watch.done(session, {Measured{2000, 7}}, arrived + 2s) == "t2000000");
  CHECK(watch.done(session, {Measured{kLargestNumber, kLargestNumber}}, arrived) == "t0");
  const Timings& timings = world.sessions->traffic()[session.transport()].samples->timings;
  CHECK(timings.server.count() == 3);
  CHECK(timings.server.sum() == doctest::Approx(2.00034));
  CHECK(timings.network.count() == 2);
  CHECK(timings.network.sum() == doctest::Approx(60.002));
  CHECK(timings.client.sum() == doctest::Approx(60.000007));
}

TEST_CASE("6.14 beyond 100 in a second samples are answered and not counted") {
  test::World world;
  Session& session = world.open();
  const SampleWatch watch;
  const Timings* timings = nullptr;
  for (unsigned index = 0; index < kMostSamples + 5; ++index) {
    CHECK(watch.done(session, {Measured{1, 1}}).starts_with('t'));
    timings = &world.sessions->traffic()[session.transport()].samples->timings;
    CHECK(timings->client.count() == std::min(index + 1, kMostSamples));
  }
  world.pass(Millis{1'000});
  static_cast<void>(watch.done(session, {Measured{1, 1}}));
  CHECK(timings->client.count() == kMostSamples + 1);
}

TEST_CASE("6.14 the second in which samples count begins anew with the first one after it") {
  Traffic traffic;
  const Timings* const first = traffic.sample(Millis{0}, 2);
  REQUIRE(first != nullptr);
  CHECK(traffic.sample(Millis{10}, 2) == first);
  CHECK(traffic.sample(Millis{999}, 2) == nullptr);
  CHECK(traffic.sample(Millis{1000}, 2) == first);
}

}  // namespace
}  // namespace encke::facade
