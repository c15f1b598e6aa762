// Streams that close, sessions that end, and handlers that close this and that.
#include "tests/mux/mux_world.hpp"

using namespace encke;
using namespace encke::test;

namespace {

struct Open : MuxWorld {
  explicit Open(MuxOptions options = carrying()) : MuxWorld(std::move(options)) {
    begin();
    open(1, "/a");
    open(3, "/b");
    said();
  }
  Channel& a() { return *at("/a").channels[0]; }
};

}  // namespace

TEST_CASE("what was sent before close() arrives before it, and the page's answer ends the stream") {
  Open world;
  world.a().send(std::string(20'000, 'x'));
  world.a().send("last");
  world.a().close(3001, "enough");
  world.turn.end();
  const auto said = world.said();
  REQUIRE(said.size() == 4);
  CHECK(said[2] == "1 TEXT last");
  CHECK(said[3] == "1 CLOSE 3001 enough");
  CHECK(world.at("/a").seen() == Seen{"1 c:3001 enough"});
  CHECK_MESSAGE(world.at("/a").sessions.size() == 0, "the session does not wait for the page's answer");
  world.text(1, "crosses");
  world.close(1, 3001);
  CHECK(world.said().empty());
  CHECK(world.wire.closed.empty());
}

TEST_CASE("of a service's reason the page gets 123 bytes, cut between characters, and UTF-8 alone") {
  Open world;
  world.a().close(3001, std::string(121, 'x') + "\u20ac");
  world.turn.end();
  CHECK(world.said() == Seen{"1 CLOSE 3001 " + std::string(121, 'x')});
  world.at("/b").channels[0]->close(3001, "a\xFFz");
  world.turn.end();
  CHECK(world.said() == Seen{"3 CLOSE 3001 a\uFFFDz"});
}

TEST_CASE("the page's CLOSE reaches the service with its code and reason, and is answered") {
  Open world;
  world.close(1, 4000, "bye");
  CHECK(world.said() == Seen{"1 CLOSE 4000"});
  CHECK(world.at("/a").seen() == Seen{"1 c:4000 bye"});
  CHECK(world.at("/a").sessions.size() == 0);
  world.close(1, 4000);
  world.credit(1, 100);
  CHECK_MESSAGE(world.wire.closed.empty(), "CLOSE and CREDIT may cross the other side's CLOSE");
}

TEST_CASE("what the page sent before its CLOSE reaches a service that had paused") {
  Open world;
  world.a().pause();
  world.text(1, "held");
  world.close(1, 1000);
  CHECK(world.said() == Seen{"1 CLOSE 1000"});
  CHECK(world.at("/a").seen().empty());
  world.a().resume();
  world.turn.end();
  CHECK(world.at("/a").seen() == Seen{"1 m:held", "1 c:1000 "});
}

TEST_CASE("a page that does not take what was sent before close() has disconnect_delay, and is cut") {
  Open world;
  world.open(5, "/a", 1024);
  world.said();
  Channel& channel = *world.at("/a").channels[1];
  channel.send(std::string(5'000, 'x'));
  channel.close(3001, "enough");
  world.turn.end();
  CHECK(world.said().size() == 1);
  world.pass(ServiceOptions().disconnect_delay + TimerWheel::kTick);
  CHECK(world.said() == Seen{"5 CLOSE 1008 what was sent was not taken in time"});
  CHECK(world.at("/a").sessions.size() == 1);
}

TEST_CASE("when the session's connection is lost, each stream's service hears of it once, with 1006") {
  Open world;
  world.lose();
  CHECK(world.at("/a").seen() == Seen{"1 c:1006 the connection was lost"});
  CHECK(world.at("/b").seen() == Seen{"1 c:1006 the connection was lost"});
  CHECK(world.at("/a").sessions.size() + world.at("/b").sessions.size() + world.own->size() == 0);
}

TEST_CASE("what no frame had taken is unacknowledged when the session is lost") {
  Open world;
  world.open(5, "/a", 1024);
  for (int count = 0; count < 5; ++count) world.at("/a").channels[1]->send(std::string(8'000, 'x'));
  world.turn.end();
  CHECK(world.at("/a").channels[1]->buffered() == 16'000);
  world.lose();
  CHECK(world.at("/a").unacknowledged == 2);
}

TEST_CASE("when the page closes the session, each stream closes with its code") {
  Open world;
  world.session->closed_by_peer(world.wire, {1001, "the page has gone"});
  world.wire.over = true;
  world.turn.end();
  CHECK(world.at("/a").seen() == Seen{"1 c:1001 the page has gone"});
  CHECK(world.at("/b").seen() == Seen{"1 c:1001 the page has gone"});
}

TEST_CASE("when the server lets the session go, each stream closes with 1001") {
  Open world;
  world.own->dismiss(10, 1001, "the server is going away");
  world.turn.end();
  CHECK(world.wire.closed == "1001 the server is going away");
  CHECK(world.at("/a").seen() == Seen{"1 c:1001 the server is going away"});
}

TEST_CASE("when a service goes, its streams close with 1001 and the others stay") {
  Open world;
  world.at("/a").sessions.dismiss(10, 1001, "the server is going away");
  world.turn.end();
  CHECK(world.said() == Seen{"1 CLOSE 1001 the server is going away"});
  world.text(3, "x");
  CHECK(world.at("/b").seen() == Seen{"1 m:x"});
  world.open(5, "/a");
  CHECK_MESSAGE(world.said() == Seen{"5 CLOSE 1001 the service has gone"}, "what goes opens nothing more");
  world.targets.erase("/a");
  world.open(7, "/a");
  CHECK(world.said() == Seen{"7 CLOSE 1008 no service that is carried here is at that path"});
}

TEST_CASE("a service's sessions may be destroyed before the session that carries them") {
  Open world;
  const std::unique_ptr<MuxTarget> going = std::move(world.targets.find("/a")->second);
  world.targets.erase("/a");
  going->sessions.dismiss(0, 1001, "going");
  CHECK(going->sessions.size() == 1);
}

TEST_CASE("a handler may close its own stream, another's, and send on a third") {
  Open world;
  world.open(5, "/b");
  world.said();
  world.at("/a").on_message = [&](Channel& own, const Message&) {
    world.at("/b").channels[1]->send("from the first");
    world.at("/b").channels[0]->close(3002, "by another");
    own.close(3003, "by itself");
  };
  world.text(1, "go");
  CHECK(world.said() == Seen{"5 TEXT from the first", "3 CLOSE 3002 by another", "1 CLOSE 3003 by itself"});
  CHECK(world.at("/b").seen() == Seen{"1 c:3002 by another"});
}

TEST_CASE("a handler of on_close may send on another stream while all of them end") {
  Open world;
  world.at("/a").channels[0]->on_close([&](const CloseReason&) {
    if (Channel* const other = world.at("/b").channels[0]) other->send("too late");
  });
  world.at("/b").channels[0]->on_close([&](const CloseReason&) {
    world.at("/b").channels[0] = nullptr;
    world.at("/a").channels[0]->send("too late");
  });
  world.lose();
  CHECK(world.said().empty());
}

TEST_CASE("a handler may end the session that carries it") {
  Open world;
  world.at("/a").on_message = [&](Channel&, const Message&) { world.session->close(3009, "all of it"); };
  world.text(1, "go");
  CHECK(world.wire.closed == "3009 all of it");
  CHECK(world.at("/a").seen() == Seen{"1 m:go", "1 c:3009 all of it"});
  CHECK(world.at("/b").seen() == Seen{"1 c:3009 all of it"});
}
