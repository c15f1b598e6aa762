// Opening, one carrier at a time, order, the time between carriers, loss (PROTOCOL 4).
#include "tests/core/fakes.hpp"

#include <string>

using namespace encke;
using namespace encke::test;
using Then = Taken::Then;
using Kind = FakeCarrier::Kind;

TEST_CASE("a session begins with an open frame, on its first carrier only (PROTOCOL 4.1)") {
  FakeCarrier carrier;
  World world;
  world.open_on(carrier);
  CHECK(carrier.said() == "o");
  world.channel->send("x");
  world.turn.end();
  CHECK(carrier.said() == "m:x");

  Session& polled = world.open("polled");
  CHECK(world.poll(polled) == "o");
  world.channel->send("y");
  CHECK(world.poll(polled) == "m:y");
}

TEST_CASE(
    "attaching writes what is queued; later messages wait for the turn's end and leave as one (PROTOCOL "
    "4.3)") {
  FakeCarrier carrier;
  World world;
  Session& session = world.open();
  world.channel->send("early");
  session.attach(carrier);
  CHECK(carrier.writes == 1);
  CHECK(carrier.said() == "o m:early");
  world.channel->send("a");
  world.channel->send("b");
  CHECK(carrier.writes == 1);
  world.turn.end();
  CHECK(carrier.writes == 2);
  CHECK(carrier.said() == "m:a m:b");
  world.turn.end();
  CHECK(carrier.writes == 2);
}

TEST_CASE("a session is found by its id until it is over; each id has its own (PROTOCOL 4.1)") {
  FakeCarrier one;
  FakeCarrier two;
  World world;
  CHECK(world.sessions->find("one") == nullptr);
  Session& first = world.open_on(one, "one");
  Session& second = world.open_on(two, "two");
  CHECK(world.sessions->find("one") == &first);
  CHECK(world.sessions->find("two") == &second);
  CHECK(world.sessions->size() == 2);
  first.detach(one, Detach::lost);
  CHECK(world.sessions->find("one") == nullptr);
  world.turn.end();
  CHECK(world.sessions->find("two") == &second);
  CHECK(world.sessions->size() == 1);
  second.detach(two, Detach::lost);
  world.turn.end();
  CHECK(world.sessions->size() == 0);
}

TEST_CASE("a second carrier is told 2010 and the first stays (PROTOCOL 4.2)") {
  FakeCarrier first;
  FakeCarrier second;
  World world;
  Session& session = world.open_on(first);
  first.said();
  session.attach(second);
  CHECK(second.said() == "c:2010 Another connection still open");
  CHECK(second.finished_as(Detach::refused));
  world.channel->send("x");
  world.turn.end();
  CHECK(first.said() == "m:x");
  CHECK(second.said().empty());
  CHECK_FALSE(first.over());
}

TEST_CASE("a second poll that ends itself with the 2010 is not finished again (PROTOCOL 4.2)") {
  FakeCarrier first;
  World world;
  Session& session = world.open_on(first);
  CHECK(world.poll(session) == "c:2010 Another connection still open");
  CHECK(world.polls.back()->finished.empty());
  CHECK(world.seen().empty());
}

TEST_CASE("what a refused carrier says later does not touch the session (PROTOCOL 4.2)") {
  FakeCarrier first({{1, Then::wait}});
  FakeCarrier second;
  World world;
  Session& session = world.open_on(first);
  session.attach(second);
  session.ready(second);
  session.alive(second);
  session.detach(second, Detach::lost);
  session.closed_by_peer(second, {1000, "bye"});
  world.channel->send("x");
  world.turn.end();
  CHECK(session.is_open());
  CHECK_MESSAGE(first.said() == "o", "the first is still full");
  session.ready(first);
  world.turn.end();
  CHECK(first.said() == "m:x");
}

TEST_CASE("of two carriers in one turn the first is taken (PROTOCOL 4.2)") {
  FakeCarrier first;
  FakeCarrier second;
  World world;
  Session& session = world.open();
  session.attach(first);
  session.attach(second);
  world.turn.end();
  CHECK(first.said() == "o");
  CHECK(second.said() == "c:2010 Another connection still open");
}

TEST_CASE("what waits goes to the next carrier, all of it, in order (PROTOCOL 4.3)") {
  World world;
  Session& session = world.open();
  for (int index = 0; index < 8; ++index) world.channel->send(std::to_string(index));
  CHECK(world.poll(session) == "o");
  CHECK(world.poll(session) == "m:0 m:1 m:2 m:3 m:4 m:5 m:6 m:7");
  CHECK(world.poll(session).empty());
}

TEST_CASE("a waiting poll answers as soon as there is something (PROTOCOL 4.3)") {
  World world;
  Session& session = world.open();
  CHECK(world.poll(session) == "o");
  CHECK(world.poll(session).empty());
  world.channel->send("x");
  world.turn.end();
  CHECK(world.polls.back()->said() == "m:x");
  CHECK(world.polls.back()->over());
}

TEST_CASE("a carrier that takes a part keeps the rest for when it is ready (PROTOCOL 4.3)") {
  FakeCarrier carrier({{2, Then::wait}, {0, Then::wait}, {1, Then::wait}});
  World world;
  Session& session = world.open();
  for (const char* text : {"a", "b", "c", "d"}) world.channel->send(text);
  session.attach(carrier);
  world.turn.end();
  CHECK(carrier.said() == "o m:a");
  CHECK(world.channel->buffered() == 3);
  world.channel->send("e");
  world.turn.end();
  CHECK_MESSAGE(carrier.writes == 1, "a full carrier is left alone");
  session.ready(carrier);
  CHECK_MESSAGE(carrier.writes == 1, "until the turn ends");
  world.turn.end();
  CHECK(carrier.said().empty());
  session.ready(carrier);
  world.turn.end();
  CHECK(carrier.said() == "m:b");
  session.ready(carrier);
  world.turn.end();
  CHECK(carrier.said() == "m:c m:d m:e");
  CHECK(world.channel->buffered() == 0);
  CHECK_MESSAGE(session.outbox().bytes() == 0, "what this wire has taken is not kept (PROTOCOL 5.2)");
}

TEST_CASE("a carrier that has its share is followed by another, with nothing lost or twice (PROTOCOL 4.3)") {
  FakeCarrier first({{2, Then::finished}});
  FakeCarrier second({{0, Then::finished}});
  FakeCarrier third;
  World world;
  Session& session = world.open();
  for (const char* text : {"a", "b", "c"}) world.channel->send(text);
  for (FakeCarrier* carrier : {&first, &second, &third}) {
    session.attach(*carrier);
    world.turn.end();
  }
  CHECK(first.said() == "o m:a");
  CHECK(second.said().empty());
  CHECK(third.said() == "m:b m:c");
  CHECK(first.finished.empty());
}

TEST_CASE("a long backlog is not looked at as a whole for every piece that leaves (PROTOCOL 4.3)") {
  constexpr std::size_t kMessages = 10'000;
  FakeCarrier carrier;
  World world;
  Session& session = world.open();
  for (std::size_t index = 0; index < kMessages; ++index) world.channel->send("x");
  carrier.script.assign(2 * kMessages, {10, Then::wait});
  session.attach(carrier);
  world.turn.end();
  while (world.channel->buffered() > 0) {
    session.ready(carrier);
    world.turn.end();
  }
  CHECK(carrier.offered < 100 * kMessages);
}

TEST_CASE("a long backlog leaves in one turn where the carrier takes it (PROTOCOL 4.3)") {
  FakeCarrier carrier;
  World world;
  std::string expected = "o";
  Session& session = world.open();
  for (int index = 0; index < 3'000; ++index) {
    world.channel->send(std::to_string(index));
    expected += " m:" + std::to_string(index);
  }
  world.channel->close(3000, "done");
  session.attach(carrier);
  world.turn.end();
  CHECK(carrier.said() == expected + " c:3000 done");
}

TEST_CASE("a session without a carrier lives for the disconnect delay (PROTOCOL 4.5)") {
  World world;
  Session& session = world.open();
  CHECK(world.poll(session) == "o");
  world.pass(Millis{4'900});
  CHECK(world.sessions->find("abc") == &session);
  CHECK(world.seen().empty());
  world.pass(Millis{200});
  CHECK(world.sessions->find("abc") == nullptr);
  CHECK(world.seen() == Seen{"c:1006 the browser did not come back in time"});
}

TEST_CASE("the disconnect delay counts from the last carrier (PROTOCOL 4.5)") {
  World world;
  Session& session = world.open();
  CHECK(world.poll(session) == "o");
  for (int round = 0; round < 5; ++round) {
    world.pass(Millis{4'000});
    world.channel->send("x");
    CHECK(world.poll(session) == "m:x");
  }
  CHECK(world.sessions->find("abc") == &session);
}

TEST_CASE("a session with a carrier is never timed out (PROTOCOL 4.5)") {
  FakeCarrier carrier;
  World world;
  world.open_on(carrier);
  world.pass(Millis{600'000});
  CHECK(world.sessions->size() == 1);
  CHECK(world.seen().empty());
}

TEST_CASE("messages are received between carriers too (PROTOCOL 4.5)") {
  World world;
  Session& session = world.open();
  world.poll(session);
  session.receive(Message::text("x"));
  CHECK(world.seen() == Seen{"m:x"});
}

TEST_CASE("a lost carrier ends the session at once (PROTOCOL 4.6)") {
  FakeCarrier carrier;
  World world;
  Session& session = world.open_on(carrier);
  world.channel->send("never arrives");
  session.detach(carrier, Detach::lost);
  CHECK(world.sessions->find("abc") == nullptr);
  session.detach(carrier, Detach::lost);
  session.receive(Message::text("late"));
  CHECK_FALSE(session.is_open());
  world.turn.end();
  CHECK(world.seen() == Seen{"c:1006 the connection was lost"});
  CHECK(carrier.said() == "o");
  CHECK_MESSAGE(carrier.finished.empty(), "it knows that it is lost");
}

TEST_CASE("after a loss the same id opens a new session, in the same turn too (PROTOCOL 4.6)") {
  FakeCarrier first;
  FakeCarrier second;
  World world;
  Session& lost = world.open_on(first);
  lost.detach(first, Detach::lost);
  Session& fresh = world.open();
  fresh.attach(second);
  world.turn.end();
  CHECK(second.said() == "o");
  CHECK(world.sessions->find("abc") == &fresh);
  CHECK(world.sessions->size() == 1);
}

TEST_CASE("a session without an id is not listed, and ends with its one carrier (PROTOCOL 4.11)") {
  for (const Detach why : {Detach::finished, Detach::lost}) {
    FakeCarrier carrier;
    World world;
    Session& session = world.open_on(carrier, "");
    CHECK(world.sessions->size() == 1);
    CHECK(world.sessions->find("") == nullptr);
    session.detach(carrier, why);
    world.turn.end();
    CHECK(world.sessions->size() == 0);
    CHECK(world.seen().size() == 1);
  }
}

TEST_CASE("several sessions without an id live side by side (PROTOCOL 4.11)") {
  FakeCarrier one;
  FakeCarrier two;
  World world;
  Session& first = world.open_on(one, "");
  world.open_on(two, "");
  CHECK(world.sessions->size() == 2);
  first.detach(one, Detach::lost);
  world.turn.end();
  world.channel->send("x");
  world.turn.end();
  CHECK(two.said() == "o m:x");
}

TEST_CASE("the table goes with all its sessions, each told why") {
  FakeCarrier carrier;
  World world;
  world.open_on(carrier);
  world.open("waiting");
  world.sessions.reset();
  CHECK(world.seen() == Seen{"c:1001 the server is going away", "c:1001 the server is going away"});
  CHECK(carrier.over());
}
