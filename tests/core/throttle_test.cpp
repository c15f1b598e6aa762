// Messages and bytes a second.
#include "server/core/sessions.hpp"
#include "tests/core/fakes.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace encke {
namespace {

using namespace std::chrono_literals;
using namespace test;

TEST_CASE("a bucket gives a burst at once, and then its rate") {
  TokenBucket bucket;
  const Rate rate{.per_second = 10, .burst = 500ms};
  int given = 0;
  const auto drain = [&](Millis now) {
    given = 0;
    while (bucket.open(rate, now)) {
      bucket.take(rate, 1);
      ++given;
    }
    return given;
  };
  CHECK(drain(0ms) == 5);
  CHECK(drain(0ms) == 0);
  CHECK(drain(99ms) == 1);
  CHECK(drain(1000ms) == 5);
  CHECK(drain(100h) == 5);
}

TEST_CASE("what is larger than a bucket comes through, and is paid for by waiting") {
  TokenBucket bucket;
  const Rate rate{.per_second = 100, .burst = 1s};
  REQUIRE(bucket.open(rate, 0ms));
  bucket.take(rate, 1100);
  CHECK(!bucket.open(rate, 9'999ms));
  CHECK(!bucket.open(rate, 10'000ms));
  CHECK(bucket.open(rate, 10'010ms));
}

TEST_CASE("a bucket without a rate has no end") {
  TokenBucket bucket;
  for (int i = 0; i < 100; ++i) {
    CHECK(bucket.open({}, 0ms));
    bucket.take({}, 1'000'000);
  }
}

TEST_CASE("what an address may send is one number for all its sessions, and none of it is lost") {
  ServerLimits limits;
  limits.address_messages_per_second = 4;
  limits.burst = 500ms;
  CHECK(Throttle::is_needed({}, limits));
  Guard guard(limits);
  FakeCarrier first;
  FakeCarrier second;
  World world;
  world.loop.guard = &guard;
  world.listen();
  LoopMeter all(limits, 4);
  Throttle throttle(world.loop, {}, all);
  world.sessions->set_throttle(&throttle);
  const auto open = [&world](FakeCarrier& carrier) -> Session& {
    const Result<Places> places = world.sessions->take_places("192.0.2.1");
    REQUIRE(places);
    Session& session = world.sessions->open({}, {}, *places);
    session.attach(carrier);
    world.turn.end();
    return session;
  };
  Session& one = open(first);
  Session& two = open(second);
  for (const std::string_view text : {"a", "b", "c", "d"}) one.receive(Message::text(text));
  two.receive(Message::text("1"));
  world.turn.end();
  CHECK(world.seen() == Seen{"m:a", "m:b"});  // half a second's worth
  CHECK(one.holds());
  CHECK(two.holds());
  CHECK(world.sessions->counts().now().throttled == 2);
  world.pass(2s);
  Seen rest = world.seen();
  std::sort(rest.begin(), rest.end());
  CHECK(rest == Seen{"m:1", "m:c", "m:d"});
  CHECK(!one.holds());
  world.sessions.reset();
}

}  // namespace
}  // namespace encke
