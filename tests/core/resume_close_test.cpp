// What closes a resumable session, and what becomes of what the service has not taken then (PROTOCOL 6.10).
#include "tests/core/resume_support.hpp"

#include <cstdint>

using namespace encke;
using namespace encke::test;

TEST_CASE("6.10 the page's close again, by a request that was repeated, changes nothing") {
  FakeCarrier carrier;
  ResumableWorld world;
  world.join(carrier, 1);
  world.channel->pause();
  world.says(0, {"a"});
  world.session->closed_by_page({1000, "bye"});
  world.turn.end();
  world.says(0, {"a"});
  world.session->closed_by_page({1000, "bye"});
  world.turn.end();
  CHECK(world.seen().empty());
  world.channel->resume();
  world.turn.end();
  CHECK(world.seen() == Seen{"m:a", "c:1000 bye"});
  CHECK(world.is_over());
}

TEST_CASE("6.10 disconnect_delay after the page's close is counted from it, whatever carriers come") {
  FakeCarrier carrier;
  FakeCarrier later;
  ResumableWorld world;
  world.join(carrier, 1);
  world.channel->pause();
  world.says(0, {"a"});
  world.session->closed_by_page({1000, "bye"});
  world.pass(Millis{3'000});
  world.join(later, 2);
  CHECK(world.seen().empty());
  world.pass(Millis{2'050});
  CHECK(world.seen() == Seen{"c:1000 bye"});
  CHECK(world.is_over());
}

TEST_CASE("6.3 what a closed session drops is never acknowledged") {
  FakeCarrier carrier;
  FakeCarrier later;
  FakeWaiter waiter;
  ResumableWorld world;
  world.join(carrier, 1);
  world.says(0, {"a"});
  world.channel->pause();
  world.says(1, {"b", "c"});
  world.session->wait(waiter);
  SUBCASE("by the service") {
    world.channel->close(3000, "enough");
    CHECK(world.says(3, {"d"}) == 0);
    CHECK(world.session->delivered() == 1);
    CHECK(world.says(4, {"e"}) == 0);
    CHECK(world.says(6, {"g"}) == 409);
    CHECK(world.session->delivered() == 1);
    world.join(later, 2);
    CHECK(later.said() == "k1 c:3000 enough");
  }
  SUBCASE("by the page, and the service does not take it") {
    std::uint64_t told = 0;
    struct Asks final : Session::Waiter {
      void on_delivered() override { *told = session->delivered(); }
      Session* session = nullptr;
      std::uint64_t* told = nullptr;
    } asks;
    asks.session = world.session;
    asks.told = &told;
    world.session->wait(asks);
    world.session->closed_by_page({1000, "bye"});
    world.pass(Millis{5'050});
    CHECK(world.is_over());
    CHECK(told == 1);
  }
  CHECK(waiter.calls == 1);
}
