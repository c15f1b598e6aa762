// How a loop lets its clients go: the notice, the pace, the patience with those who are between two requests,
// the deadline.
#include "server/app/departure.hpp"

#include "tests/core/fakes.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>

using namespace encke;
using namespace encke::test;

namespace {

/// A loop whose clients are to go. The loop is the only one.
struct Leaving : World {
  Leaving() { loop.workers = 1; }

  void leave(const DrainOptions& drain) {
    all.push_back(std::move(sessions));
    departure.emplace(
        loop, drain, [this] { return Departure::All{all[0].get()}; }, [this] { done = true; });
  }
  /// Sessions that are between two polls.
  void open_listed(int count) {
    for (opened = 0; opened < count; ++opened) poll(open("s" + std::to_string(opened)));
  }
  std::size_t open_now() {
    std::size_t count = 0;
    for (int i = 0; i < opened; ++i) {
      const Session* const session = all[0]->find("s" + std::to_string(i));
      if (session != nullptr && session->is_open()) ++count;
    }
    return count;
  }

  int opened = 0;
  std::vector<std::unique_ptr<Sessions>> all;
  std::optional<Departure> departure;
  bool done = false;
};

}  // namespace

TEST_CASE("nobody is told to go before the notice has passed, and then at once") {
  FakeCarrier carrier;
  Leaving world;
  world.open_on(carrier);
  world.leave({.notice = Millis{3'000}});
  world.pass(Millis{2'950});
  CHECK(carrier.said() == "o");
  CHECK(!world.done);
  world.pass(Millis{100});
  CHECK(carrier.said() == "c:1001 the server is going away");
  CHECK(world.seen() == Seen{"c:1001 the server is going away"});
  world.pass(Millis{250});
  CHECK(world.done);  // though it has a name, nobody comes to ask again
}

TEST_CASE("a loop without sessions is done after the notice") {
  Leaving world;
  world.leave({});
  world.pass(TimerWheel::kTick);
  CHECK(world.done);
}

TEST_CASE("sessions are told at the pace that is asked for") {
  Leaving world;
  world.options.disconnect_delay = Millis{60'000};
  world.listen();
  world.open_listed(1'000);
  world.leave({.sessions_per_second = 200, .deadline = Millis{60'000}});
  world.pass(Millis{2'000});
  const std::size_t after_two = world.open_now();
  CHECK(after_two > 1'000 - 400 - 60);
  CHECK(after_two < 1'000 - 400 + 60);
  world.pass(Millis{3'300});
  CHECK(world.open_now() == 0);
}

TEST_CASE("more are told where they could not all be told in half the time that there is") {
  Leaving world;
  world.options.disconnect_delay = Millis{60'000};
  world.listen();
  world.open_listed(1'000);
  world.leave({.sessions_per_second = 1, .deadline = Millis{10'000}});
  world.pass(Millis{2'500});
  CHECK(world.open_now() > 400);
  world.pass(Millis{2'750});
  CHECK(world.open_now() == 0);
}

TEST_CASE("who has no request open is waited for, but not for long") {
  Leaving world;
  world.options.disconnect_delay = Millis{60'000};
  world.listen();
  world.open_listed(1);
  world.leave({});
  world.pass(Millis{4'000});
  CHECK(!world.done);
  world.pass(Millis{1'500});
  CHECK(world.done);
}

TEST_CASE("who comes back meanwhile is told, and not waited for any more") {
  Leaving world;
  world.options.disconnect_delay = Millis{60'000};
  world.listen();
  world.open_listed(1);
  world.leave({});
  world.pass(Millis{2'000});
  Session& session = *world.all[0]->find("s0");
  CHECK(world.poll(session) == "c:1001 the server is going away");
  world.pass(Millis{250});
  CHECK(world.done);
}

TEST_CASE("the deadline ends what a slow reader holds up") {
  FakeCarrier slow({{0, Taken::Then::wait}});
  Leaving world;
  world.options.disconnect_delay = Millis{60'000};
  world.listen();
  world.open_on(slow);
  world.leave({.deadline = Millis{8'000}});
  world.pass(Millis{7'900});
  CHECK(!world.done);
  world.pass(Millis{150});
  CHECK(world.done);
  CHECK(slow.finished.empty());
}

TEST_CASE("a session that opens while others go is told at once") {
  FakeCarrier late;
  Leaving world;
  world.open_listed(1);
  world.leave({});
  world.pass(Millis{200});
  Session& session = world.all[0]->open("late", {});
  session.attach(late);
  world.turn.end();
  CHECK(late.said() == "o c:1001 the server is going away");
}
