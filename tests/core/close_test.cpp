// The ends of a session: by the server, by the peer, by falling behind (PROTOCOL 4.4, 4.9, 4.10, 4.12).
#include "tests/core/fakes.hpp"

#include <stdexcept>
#include <string>

using namespace encke;
using namespace encke::test;
using Then = Taken::Then;

namespace {

constexpr const char* kGone = "c:3000 Go away!";

}  // namespace

TEST_CASE("the server's close follows what was sent before it, and ends the carrier (PROTOCOL 4.4)") {
  FakeCarrier carrier;
  World world;
  Session& session = world.open_on(carrier);
  carrier.said();
  world.channel->send("a");
  world.channel->send("b");
  world.channel->close(3000, "Go away!");
  CHECK_FALSE(session.is_open());
  CHECK_FALSE(world.channel->send("late"));
  world.turn.end();
  CHECK(carrier.said() == "m:a m:b c:3000 Go away!");
  CHECK(carrier.finished_as(Detach::closed));
  CHECK(world.seen() == Seen{kGone});
}

TEST_CASE("later carriers of a closed session get the same close, again and again (PROTOCOL 4.4)") {
  FakeCarrier stream;
  World world;
  Session& session = world.open();
  CHECK(world.poll(session) == "o");
  world.channel->close(3000, "Go away!");
  world.turn.end();
  for (int round = 0; round < 5; ++round) {
    CHECK(world.poll(session) == kGone);
    CHECK(world.polls.back()->finished.empty());
    world.pass(Millis{4'500});
  }
  session.attach(stream);
  world.turn.end();
  CHECK(stream.said() == kGone);
  CHECK(stream.finished_as(Detach::closed));
  CHECK(world.seen() == Seen{kGone});
  world.pass(Millis{5'100});
  CHECK(world.sessions->size() == 0);
  CHECK_MESSAGE(world.seen().empty(), "on_close came once");
}

TEST_CASE(
    "of carriers that come together to a closed session each gets the close, none 2010 (PROTOCOL 4.4)") {
  FakeCarrier one;
  FakeCarrier two;
  World world;
  Session& session = world.open();
  world.poll(session);
  world.channel->close(3000, "Go away!");
  world.turn.end();
  session.attach(one);
  session.attach(two);
  world.turn.end();
  CHECK(one.said() == kGone);
  CHECK(two.said() == kGone);
}

TEST_CASE("a session closed before its first carrier still opens first (PROTOCOL 4.4)") {
  FakeCarrier stream;
  World world;
  world.serve([](Channel& channel) { channel.close(3000, "Go away!"); });
  Session& polled = world.open("polled");
  CHECK(world.poll(polled) == "o");
  CHECK(world.poll(polled) == kGone);
  CHECK(world.poll(polled) == kGone);
  world.open_on(stream, "streamed");
  CHECK(stream.said() == "o c:3000 Go away!");
  CHECK(stream.finished_as(Detach::closed));
}

TEST_CASE("a poll takes what was sent before the close, the next one the close (PROTOCOL 4.4)") {
  World world;
  Session& session = world.open();
  world.poll(session);
  world.channel->send("a");
  world.channel->close(3000, "Go away!");
  CHECK(world.poll(session) == "m:a");
  CHECK(world.poll(session) == kGone);
}

TEST_CASE("what a browser sends to a closing session is dropped (PROTOCOL 4.4)") {
  World world;
  Session& session = world.open();
  world.poll(session);
  session.receive(Message::text("heard"));
  world.channel->close(3000, "Go away!");
  session.receive(Message::text("not heard"));
  world.turn.end();
  session.receive(Message::text("not heard"));
  CHECK(world.seen() == Seen{"m:heard", kGone});
}

TEST_CASE("a second close does nothing (PROTOCOL 4.4)") {
  FakeCarrier carrier;
  World world;
  world.open_on(carrier);
  world.channel->close(3000, "Go away!");
  world.channel->close(4000, "again");
  world.turn.end();
  CHECK(carrier.said() == "o c:3000 Go away!");
  CHECK(world.seen() == Seen{kGone});
}

TEST_CASE("a socket's session is gone with its close (PROTOCOL 4.11)") {
  FakeCarrier carrier;
  World world;
  world.open_on(carrier, "");
  world.channel->close(3000, "Go away!");
  world.turn.end();
  CHECK(carrier.said() == "o c:3000 Go away!");
  CHECK(carrier.finished_as(Detach::closed));
  CHECK(world.sessions->size() == 0);
  CHECK(world.seen() == Seen{kGone});
}

TEST_CASE(
    "a loss after the server's close is no second end; the close that came first is told (PROTOCOL 4.4)") {
  for (const bool same_turn : {true, false}) {
    FakeCarrier carrier({{1, Then::wait}});
    World world;
    Session& session = world.open_on(carrier);
    world.channel->close(3000, "Go away!");
    if (!same_turn) world.turn.end();
    session.detach(carrier, Detach::lost);
    world.turn.end();
    CHECK(world.seen() == Seen{kGone});
    CHECK(world.sessions->size() == 0);
  }
}

TEST_CASE("the peer's close ends the session with the peer's reason (PROTOCOL 4.9)") {
  for (const char* id : {"", "abc"}) {
    FakeCarrier carrier;
    World world;
    Session& session = world.open_on(carrier, id);
    carrier.said();
    world.channel->send("too late");
    session.closed_by_peer(carrier, {4001, "bye"});
    CHECK_FALSE(session.is_open());
    CHECK_FALSE(world.channel->send("x"));
    world.turn.end();
    CHECK(world.seen() == Seen{"c:4001 bye"});
    CHECK(world.sessions->size() == 0);
    CHECK(carrier.said().empty());
    CHECK(carrier.finished.empty());
  }
}

TEST_CASE("a reader may fall behind by outbox_bytes, not by one byte more (PROTOCOL 4.10)") {
  for (const std::size_t more : {0u, 1u}) {
    FakeCarrier carrier({{1, Then::wait}});
    World world;
    world.options.outbox_bytes = 1'000;
    world.listen();
    world.open_on(carrier);
    const std::size_t room = 1'000 - 2 * Outbox::kMessageCost;
    CHECK(world.channel->send(std::string(room / 2, 'x')));
    CHECK(world.channel->send(std::string(room - room / 2 + more, 'x')) == (more == 0));
    CHECK(world.channel->is_open() == (more == 0));
    world.turn.end();
    if (more == 0) {
      CHECK(world.channel->buffered() == room);
      CHECK(world.seen().empty());
    } else {
      CHECK(world.seen() == Seen{"c:1008 the reader fell behind by more than 1000 bytes"});
    }
  }
}

TEST_CASE("a message of any size fits an empty outbox (PROTOCOL 4.10)") {
  FakeCarrier carrier;
  World world;
  world.options.outbox_bytes = 1'000;
  world.listen();
  world.open_on(carrier);
  CHECK(world.channel->send(std::string(5'000, 'x')));
  world.turn.end();
  CHECK(world.channel->send(std::string(5'000, 'x')));
  carrier.script = {{0, FakeCarrier::Then::wait}};
  CHECK_FALSE(world.channel->send("y"));
}

TEST_CASE("a reader that keeps up is not cut off for how much one turn brings (PROTOCOL 4.10)") {
  FakeCarrier carrier;
  World world;
  world.options.outbox_bytes = 1'000;
  world.listen();
  world.open_on(carrier);
  carrier.said();
  std::string expected;
  for (int count = 0; count < 100; ++count) {
    const std::string text(100, static_cast<char>('a' + count % 26));
    CHECK(world.channel->send(text));
    expected += (expected.empty() ? "m:" : " m:") + text;
  }
  CHECK(world.channel->is_open());
  world.turn.end();
  CHECK(carrier.said() == expected);
  CHECK(world.seen() == Seen{"w"});
}

TEST_CASE("messages of no bytes are bounded too (PROTOCOL 4.10)") {
  FakeCarrier carrier({{1, Then::wait}});
  World world;
  world.options.outbox_bytes = 1'000;
  world.listen();
  world.open_on(carrier);
  int queued = 0;
  while (world.channel->send("") && queued < 10'000) ++queued;
  CHECK(queued == 1'000 / Outbox::kMessageCost);
}

TEST_CASE(
    "a stuck carrier is cut off when its reader falls behind, and the next is told why (PROTOCOL 4.10)") {
  FakeCarrier stuck({{1, Then::wait}});
  World world;
  world.options.outbox_bytes = 1'000;
  world.listen();
  Session& session = world.open_on(stuck);
  while (world.channel->send(std::string(100, 'x'))) {
  }
  CHECK(stuck.finished_as(Detach::lost));
  CHECK(world.channel->buffered() == 0);
  world.turn.end();
  CHECK(world.seen() == Seen{"c:1008 the reader fell behind by more than 1000 bytes"});
  CHECK(world.poll(session) == "c:1008 the reader fell behind by more than 1000 bytes");
  world.pass(Millis{5'100});
  CHECK(world.sessions->size() == 0);
}

TEST_CASE("a reader that was cut off and does not come back is forgotten (PROTOCOL 4.10, 4.5)") {
  FakeCarrier stuck({{1, Then::wait}});
  World world;
  world.options.outbox_bytes = 1'000;
  world.listen();
  world.open_on(stuck);
  while (world.channel->send(std::string(100, 'x'))) {
  }
  world.pass(Millis{4'900});
  CHECK(world.sessions->size() == 1);
  world.pass(Millis{200});
  CHECK(world.sessions->size() == 0);
  CHECK(world.seen().size() == 1);
}

TEST_CASE("a stuck socket is cut off and its session is gone (PROTOCOL 4.10, 4.11)") {
  FakeCarrier stuck({{1, Then::wait}});
  World world;
  world.options.outbox_bytes = 1'000;
  world.listen();
  world.open_on(stuck, "");
  while (world.channel->send(std::string(100, 'x'))) {
  }
  world.turn.end();
  CHECK(stuck.finished_as(Detach::lost));
  CHECK(world.sessions->size() == 0);
  CHECK(world.seen() == Seen{"c:1008 the reader fell behind by more than 1000 bytes"});
}

TEST_CASE(
    "a reader that is between two carriers when it falls behind hears of it on the next (PROTOCOL 4.10)") {
  World world;
  world.options.outbox_bytes = 1'000;
  world.listen();
  Session& session = world.open();
  while (world.channel->send(std::string(100, 'x'))) {
  }
  CHECK(world.poll(session) == "o");
  CHECK(world.poll(session) == "c:1008 the reader fell behind by more than 1000 bytes");
}

TEST_CASE(
    "a carrier that takes nothing of a closing session is cut off after the disconnect delay (PROTOCOL "
    "4.12)") {
  for (const char* id : {"", "abc"}) {
    FakeCarrier stuck({{1, Then::wait}});
    World world;
    world.open_on(stuck, id);
    world.channel->send("x");
    world.channel->close(3000, "Go away!");
    world.turn.end();
    CHECK(world.seen() == Seen{kGone});
    world.pass(Millis{4'900});
    CHECK_FALSE(stuck.over());
    world.pass(Millis{200});
    CHECK(stuck.finished_as(Detach::lost));
    CHECK(world.sessions->size() == 0);
    CHECK(world.seen().empty());
  }
}

TEST_CASE("a later carrier of a closed session that takes nothing is cut off too (PROTOCOL 4.12)") {
  FakeCarrier stuck({{0, Then::wait}});
  World world;
  Session& session = world.open();
  CHECK(world.poll(session) == "o");
  world.channel->close(3000, "Go away!");
  CHECK(world.poll(session) == kGone);
  session.attach(stuck);
  world.turn.end();
  world.pass(Millis{5'100});
  CHECK(stuck.finished_as(Detach::lost));
  CHECK(world.sessions->size() == 0);
}

TEST_CASE("a slow carrier of a closing session has time as long as it takes something (PROTOCOL 4.12)") {
  FakeCarrier slow({{1, Then::wait}, {1, Then::wait}, {1, Then::wait}, {1, Then::wait}, {1, Then::wait}});
  World world;
  Session& session = world.open_on(slow);
  for (const char* text : {"a", "b", "c", "d"}) world.channel->send(text);
  world.channel->close(3000, "Go away!");
  for (int round = 0; round < 5; ++round) {
    world.pass(Millis{4'000});
    session.ready(slow);
    world.turn.end();
  }
  CHECK(slow.said() == "o m:a m:b m:c m:d c:3000 Go away!");
  CHECK(slow.finished_as(Detach::closed));
}

TEST_CASE("closing all reaches every session, whatever the handlers do meanwhile") {
  FakeCarrier one;
  FakeCarrier two;
  World world;
  world.open_on(one, "one");
  world.open_on(two, "");
  world.open("three");
  world.sessions->close_all(1001, "the server is going away");
  world.turn.end();
  CHECK(one.said() == "o c:1001 the server is going away");
  CHECK(two.said() == "o c:1001 the server is going away");
  CHECK(world.seen().size() == 3);
}

TEST_CASE(
    "a session whose browser is gone while its service has paused is over when the service closes it "
    "(PROTOCOL 4.6)") {
  FakeCarrier carrier;
  World world;
  Session& session = world.open_on(carrier);
  world.channel->pause();
  session.receive(Message::text("held"));
  session.detach(carrier, Detach::lost);
  world.turn.end();
  CHECK(world.seen().empty());
  world.channel->close(3000, "enough");
  world.turn.end();
  CHECK(world.seen() == Seen{"c:3000 enough"});
  CHECK(world.sessions->find("abc") == nullptr);
  world.pass(Millis{10'000});
}
