// What closes a resumable session, and what becomes of what the service has not taken then (PROTOCOL 6.10).
#include "tests/core/resume_support.hpp"

#include <cstdint>
#include <initializer_list>

using namespace encke;
using namespace encke::test;
using Then = Taken::Then;

namespace {

/// The page has closed behind a message that its service, which has paused, was not given.
struct PageHasClosed {
  PageHasClosed() {
    world.join(carrier, 1);
    world.channel->pause();
    world.says(0, {"a"});
    world.session->closed_by_page({1000, "bye"});
    world.turn.end();
    CHECK(world.seen().empty());
  }
  FakeCarrier carrier;
  FakeCarrier later;
  ResumableWorld world;
};

}  // namespace

TEST_CASE("6.10 nothing follows the close on its carrier, not even the answer to q; the next one brings it") {
  FakeCarrier first;
  FakeCarrier second;
  ResumableWorld world;
  world.join(first, 1);
  world.says(0, {"a"});
  world.channel->close(3000, "enough");
  world.turn.end();
  CHECK(first.said() == "k0 c:3000 enough");
  world.session->tell();
  world.turn.end();
  CHECK(first.said().empty());
  world.join(second, 2);
  CHECK(second.said() == "k1 c:3000 enough");
}

TEST_CASE(
    "6.10 a close that nobody answers is told when the window has passed, or its WebSocket was closed") {
  FakeCarrier carrier;
  FakeCarrier socket;
  ResumableWorld world;
  world.join(carrier, 1);
  world.channel->close(3000, "enough");
  world.turn.end();
  CHECK(carrier.said() == "k0 c:3000 enough");
  SUBCASE("the window") {
    world.pass(Millis{5'050});
    CHECK(carrier.finished_as(Detach::lost));
    CHECK(world.seen().empty());
    world.pass(Millis{60'050});
  }
  SUBCASE("a WebSocket") {
    world.join(socket, 2);
    world.session->closed_by_peer(socket, {1000, ""});
  }
  CHECK(world.seen() == Seen{"c:3000 enough"});
  CHECK(world.is_over());
}

TEST_CASE(
    "6.10 the page's close ends the session at once; its carrier gets c with the same code, behind its k") {
  FakeCarrier carrier(std::deque<FakeCarrier::Step>{{0, Then::wait}});
  ResumableWorld world;
  world.join(carrier, 1);
  world.sends({"never read"});
  world.session->ready(carrier);
  world.session->closed_by_page({1000, "bye"});
  CHECK(carrier.said() == "k0 m:never read c:1000 bye");
  CHECK(carrier.finished_as(Detach::closed));
  CHECK(world.seen() == Seen{"c:1000 bye"});
  CHECK(world.is_over());
}

TEST_CASE("6.10 what the page said before its close is delivered first, once the service takes it") {
  PageHasClosed page;
  SUBCASE("it does") {
    page.world.channel->resume();
    page.world.turn.end();
    CHECK(page.world.seen() == Seen{"m:a", "c:1000 bye"});
  }
  SUBCASE("it does not, and the page's carrier goes") {
    page.world.session->detach(page.carrier, Detach::lost);
    page.world.pass(Millis{5'050});
    CHECK(page.world.seen() == Seen{"c:1000 bye"});
  }
  SUBCASE("it does not, and a request that was late brings a carrier") {
    page.world.join(page.later, 2);
    page.world.session->detach(page.later, Detach::lost);
    page.world.pass(Millis{5'050});
    CHECK(page.world.seen() == Seen{"c:1000 bye"});
  }
  SUBCASE("it closes too, with no carrier left") {
    page.world.session->detach(page.carrier, Detach::lost);
    page.world.channel->close(3000, "enough");
    page.world.turn.end();
    CHECK(page.world.seen() == Seen{"c:3000 enough"});
  }
  CHECK(page.world.is_over());
}

TEST_CASE("6.10 the page's close again, by a request that was repeated, changes nothing") {
  PageHasClosed page;
  page.world.says(0, {"a"});
  page.world.session->closed_by_page({1000, "bye"});
  page.world.turn.end();
  CHECK(page.world.seen().empty());
  page.world.channel->resume();
  page.world.turn.end();
  CHECK(page.world.seen() == Seen{"m:a", "c:1000 bye"});
  CHECK(page.world.is_over());
}

TEST_CASE("6.10 disconnect_delay after the page's close is counted from it, whatever carriers come") {
  PageHasClosed page;
  page.world.pass(Millis{3'000});
  page.world.join(page.later, 2);
  CHECK(page.world.seen().empty());
  page.world.pass(Millis{2'050});
  CHECK(page.world.seen() == Seen{"c:1000 bye"});
  CHECK(page.world.is_over());
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

TEST_CASE("6.10 who has to go elsewhere learns before it what the service was given, and no more") {
  FakeCarrier first;
  FakeCarrier second;
  ResumableWorld world;
  world.join(first, 1);
  first.said();
  world.says(0, {"a", "b"});
  world.channel->pause();
  world.says(2, {"held"});
  CHECK(first.said().empty());
  CHECK(world.sessions->dismiss(5, 1001, "away") == 1);
  CHECK(world.says(3, {"late"}) == 0);
  world.turn.end();
  CHECK(first.said() == "k2 c:1001 away");
  CHECK(world.join(second, 2, 0, false) == 0);  // even where it did not ask
  CHECK(second.said() == "k2 c:1001 away");
}

TEST_CASE("6.10 before each close after which a page comes back it learns what the service was given") {
  const auto said = [](std::uint16_t code) {
    FakeCarrier carrier;
    ResumableWorld world;
    world.join(carrier, 1);
    carrier.said();
    world.says(0, {"a", "b"});
    world.turn.end();
    CHECK(carrier.said().empty());
    world.channel->close(code, "x");
    world.turn.end();
    return carrier.said();
  };
  for (const std::uint16_t code : std::initializer_list<std::uint16_t>{1001, 1011, 1012, 1013, 4401}) {
    CHECK(said(code) == "k2 c:" + std::to_string(code) + " x");
  }
  for (const std::uint16_t code : std::initializer_list<std::uint16_t>{1000, 1002, 1008, 1009, 3000, 4400}) {
    CHECK(said(code) == "c:" + std::to_string(code) + " x");
  }
}

TEST_CASE("6.10 sessions are dismissed one after the other, and none is left out when others end meanwhile") {
  World world;
  for (const char* name : {"a", "b", "c", "d"}) world.poll(world.open(name));
  Sessions& all = *world.sessions;
  CHECK(!all.dismissing());
  CHECK(all.dismiss(1, 1001, "away") == 1);
  CHECK(all.dismissing());
  CHECK(!all.dismissed());
  CHECK(all.find("d")->is_open() + all.find("c")->is_open() + all.find("b")->is_open() == 2);
  CHECK(!all.find("d")->is_open());
  FakeCarrier lost;
  all.find("c")->attach(lost);
  all.find("c")->detach(lost, Detach::lost);
  world.turn.end();
  CHECK(all.find("c") == nullptr);
  CHECK(all.dismiss(5, 1001, "away") == 2);
  CHECK(all.dismissed());
  CHECK(!world.open("e").is_open());
}
