// Heartbeats, and carriers that answer them (PROTOCOL 4.7, 4.8).
#include "tests/core/fakes.hpp"

#include <string>

using namespace encke;
using namespace encke::test;
using Then = Taken::Then;

TEST_CASE("a heartbeat comes 25 s after a carrier attached and every 25 s then (PROTOCOL 4.7)") {
  FakeCarrier carrier;
  World world;
  world.open_on(carrier);
  CHECK(carrier.said() == "o");
  world.pass(Millis{24'900});
  CHECK(carrier.said().empty());
  world.pass(Millis{200});
  CHECK(carrier.said() == "h");
  world.pass(Millis{24'800});
  CHECK(carrier.said().empty());
  world.pass(Millis{300});
  CHECK(carrier.said() == "h");
}

TEST_CASE("traffic does not put a heartbeat off (PROTOCOL 4.7)") {
  FakeCarrier carrier;
  World world;
  Session& session = world.open_on(carrier);
  for (int second = 0; second < 24; ++second) {
    world.pass(Millis{1'000});
    world.channel->send("x");
    session.receive(Message::text("y"));
  }
  world.turn.end();
  carrier.said();
  world.pass(Millis{1'100});
  CHECK(carrier.said() == "h");
}

TEST_CASE("a heartbeat is a poll's answer, and the disconnect delay begins (PROTOCOL 4.7)") {
  World world;
  Session& session = world.open();
  CHECK(world.poll(session) == "o");
  CHECK(world.poll(session).empty());
  world.pass(Millis{25'100});
  CHECK(world.polls.back()->said() == "h");
  world.pass(Millis{4'800});
  CHECK(world.poll(session).empty());
  world.pass(Millis{5'200});
  CHECK(world.poll(session) == "c:2010 Another connection still open");
  CHECK(session.is_open());
}

TEST_CASE(
    "while the service pauses a socket no answer is asked of it; then it has its 10 s again (PROTOCOL 4.8)") {
  FakeCarrier carrier;
  carrier.answers = true;
  World world;
  Session& session = world.open_on(carrier);
  world.channel->pause();  // the socket is read no more, and so no answer can come
  world.pass(Millis{25'100});
  CHECK(carrier.said() == "o h");
  world.pass(Millis{60'000});
  CHECK(carrier.said().empty());
  world.channel->resume();
  world.pass(Millis{9'800});
  REQUIRE(world.sessions->find("abc") == &session);
  CHECK(session.is_open());
  SUBCASE("answered") {
    session.alive(carrier);
    world.pass(Millis{25'100});
    CHECK(carrier.said() == "h");
  }
  SUBCASE("not answered") {
    world.pass(Millis{400});
    CHECK(carrier.said() == "c:3000 No response from heartbeat");
  }
}

TEST_CASE("each carrier has its own heartbeat clock (PROTOCOL 4.7)") {
  FakeCarrier carrier;
  World world;
  Session& session = world.open();
  CHECK(world.poll(session) == "o");
  world.pass(Millis{3'000});
  session.attach(carrier);
  world.pass(Millis{24'900});
  CHECK(carrier.said().empty());
  world.pass(Millis{200});
  CHECK(carrier.said() == "h");
}

TEST_CASE("without an interval there are no heartbeats (PROTOCOL 4.7)") {
  FakeCarrier carrier;
  World world;
  world.options.heartbeat = Millis{0};
  world.listen();
  world.open_on(carrier);
  world.pass(Millis{300'000});
  CHECK(carrier.said() == "o");
}

TEST_CASE("a full carrier is spared its heartbeat, and gets the next again (PROTOCOL 4.7)") {
  FakeCarrier carrier({{1, Then::more}, {1, Then::wait}});
  World world;
  Session& session = world.open();
  session.attach(carrier);
  world.channel->send("x");
  world.turn.end();
  CHECK(carrier.said() == "o m:x");
  world.pass(Millis{26'000});
  CHECK(carrier.writes == 2);
  session.ready(carrier);
  world.pass(Millis{25'000});
  CHECK(carrier.said() == "h");
}

TEST_CASE("a heartbeat may fill a carrier (PROTOCOL 4.7)") {
  FakeCarrier carrier;
  World world;
  Session& session = world.open_on(carrier);
  carrier.said();
  carrier.script = {{1, Then::wait}};
  world.pass(Millis{25'100});
  CHECK(carrier.said() == "h");
  world.channel->send("x");
  world.turn.end();
  CHECK(carrier.said().empty());
  session.ready(carrier);
  world.turn.end();
  CHECK(carrier.said() == "m:x");
}

TEST_CASE("a carrier that answers goes on; the next heartbeat comes 25 s after the answer (PROTOCOL 4.8)") {
  FakeCarrier carrier;
  carrier.answers = true;
  World world;
  Session& session = world.open_on(carrier, "");
  carrier.said();
  for (int round = 0; round < 5; ++round) {
    world.pass(Millis{25'100});
    CHECK(carrier.said() == "h");
    world.pass(Millis{9'800});
    session.alive(carrier);
  }
  CHECK(session.is_open());
}

TEST_CASE("a carrier that should answer and does not is closed with 3000 (PROTOCOL 4.8)") {
  FakeCarrier carrier;
  carrier.answers = true;
  World world;
  world.open_on(carrier, "");
  carrier.said();
  world.pass(Millis{25'100});
  CHECK(carrier.said() == "h");
  world.pass(Millis{9'800});
  CHECK(carrier.said().empty());
  world.pass(Millis{300});
  CHECK(carrier.said() == "c:3000 No response from heartbeat");
  CHECK(carrier.finished_as(Detach::closed));
  CHECK(world.seen() == Seen{"c:3000 No response from heartbeat"});
  CHECK(world.sessions->size() == 0);
}

TEST_CASE(
    "a peer that is heard without an answer is there; the next heartbeat comes 25 s later (PROTOCOL 4.8)") {
  FakeCarrier carrier;
  carrier.answers = carrier.hears = true;
  World world;
  world.open_on(carrier, "");
  world.pass(Millis{35'100});
  CHECK(carrier.said() == "o h");
  world.pass(Millis{24'800});
  CHECK(carrier.said().empty());
  world.pass(Millis{300});
  CHECK(carrier.said() == "h");
  carrier.hears = false;
  world.pass(Millis{10'100});
  CHECK(carrier.said() == "c:3000 No response from heartbeat");
}

TEST_CASE("another carrier's answer does not count (PROTOCOL 4.8)") {
  FakeCarrier carrier;
  FakeCarrier other;
  carrier.answers = true;
  World world;
  Session& session = world.open_on(carrier);
  world.pass(Millis{25'100});
  session.attach(other);
  session.alive(other);
  carrier.said();
  world.pass(Millis{10'100});
  CHECK(carrier.said() == "c:3000 No response from heartbeat");
}

TEST_CASE("an answer that nobody asked for changes nothing (PROTOCOL 4.8)") {
  FakeCarrier carrier;
  carrier.answers = true;
  World world;
  Session& session = world.open_on(carrier, "");
  carrier.said();
  world.pass(Millis{24'000});
  session.alive(carrier);
  world.pass(Millis{1'100});
  CHECK(carrier.said() == "h");
}

TEST_CASE("a carrier that cannot take the close of a missing answer is cut off (PROTOCOL 4.8, 4.12)") {
  FakeCarrier carrier;
  carrier.answers = true;
  World world;
  world.open_on(carrier, "");
  carrier.said();
  world.pass(Millis{25'100});
  CHECK(carrier.said() == "h");
  carrier.script = {{1, Then::wait}};
  world.channel->send("x");
  world.pass(Millis{10'100});
  CHECK(world.seen() == Seen{"c:3000 No response from heartbeat"});
  CHECK(world.sessions->size() == 1);
  world.pass(Millis{5'100});
  CHECK(carrier.finished_as(Detach::lost));
  CHECK(world.sessions->size() == 0);
  CHECK(world.seen().empty());
}
