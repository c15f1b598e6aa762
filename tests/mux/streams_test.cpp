// Streams that open, speak and are sessions of their services.
#include "tests/mux/mux_world.hpp"

using namespace encke;
using namespace encke::test;

TEST_CASE("a stream is a session of its service, carried by \"mux\", with the page's origin and address") {
  MuxWorld world;
  world.begin();
  world.open(1, "/a");
  CHECK(world.said() == Seen{"1 OPENED 262144"});
  CHECK(world.at("/a").openings == Seen{"mux  https://page.example 192.0.2.7 "});
  CHECK(world.at("/a").sessions.size() == 1);
  CHECK(world.at("/a").sessions.counts().now().opened == 1);
  CHECK(world.at("/a").sessions.traffic().rows().back().transport == "mux");
  CHECK(world.at("/a").sessions.traffic().rows().back().sessions == 1);
  CHECK(world.own->size() == 1);
}

TEST_CASE("messages go both ways, as text and as bytes, each in its stream") {
  MuxWorld world;
  world.begin();
  world.open(1, "/a");
  world.open(3, "/b");
  world.open(5, "/a");
  world.said();
  world.text(1, "one");
  world.text(3, "two");
  world.give({.stream = 5, .type = mux::Type::binary, .bytes = "three"});
  CHECK(world.at("/a").seen() == Seen{"1 m:one", "2 b:three"});
  CHECK(world.at("/b").seen() == Seen{"1 m:two"});
  world.at("/a").channels[1]->send(Message::binary("down"));
  world.at("/b").channels[0]->send("text");
  world.turn.end();
  CHECK(world.said() == Seen{"5 BINARY down", "3 TEXT text"});
  CHECK(world.at("/a").sessions.traffic().rows().back().messages_up == 2);
}

TEST_CASE("a long message comes in pieces, and leaves in pieces of 16 KiB between those of others") {
  MuxWorld world;
  world.begin();
  world.open(1, "/a");
  world.open(3, "/b");
  world.text(1, "be", true);
  world.text(3, "between");
  world.text(1, "gins", true);
  world.text(1, "");
  CHECK(world.at("/a").seen() == Seen{"1 m:begins"});
  CHECK(world.at("/b").seen() == Seen{"1 m:between"});
  world.said();
  world.at("/a").channels[0]->send(std::string(40'000, 'x'));
  world.at("/b").channels[0]->send("one");
  world.at("/b").channels[0]->send("two");
  world.turn.end();
  const std::vector<std::string> said = world.said();
  REQUIRE(said.size() == 5);
  CHECK(said[0].starts_with("1 TEXT+ xxx"));
  CHECK(said[1] == "3 TEXT one");
  CHECK(said[2].starts_with("1 TEXT+ xxx"));
  CHECK(said[3] == "3 TEXT two");
  CHECK(said[4].starts_with("1 TEXT xxx"));
  CHECK(world.wire.largest == mux::kPieceBytes);
}

TEST_CASE(
    "the first of the page's sub-protocols that the service speaks is chosen; with none it is refused") {
  ServiceOptions options;
  options.protocols = {"v1", "v2"};
  MuxWorld world;
  world.add("/a", options);
  world.begin();
  world.open(1, "/a", 65'536, {"v9", "v2", "v1"});
  CHECK(world.said() == Seen{"1 OPENED 262144 v2"});
  CHECK(world.at("/a").channels[0]->protocol() == "v2");
  world.open(3, "/a");
  CHECK(world.said() == Seen{"3 OPENED 262144"});
  world.open(5, "/a", 65'536, {"v9"});
  CHECK(world.said() ==
        Seen{"5 CLOSE 1008 the service speaks none of the sub-protocols that were asked for"});
  CHECK(world.at("/a").channels.size() == 2);
}

TEST_CASE("what is not listed, not there, or multiplexed itself is not carried") {
  MuxWorld world;
  world.add("/other");
  world.begin();
  for (const auto& [stream, path] : {std::pair{1u, "/other"}, {3u, "/gone"}, {5u, "/mux"}, {7u, ""}}) {
    world.open(stream, path);
    CHECK(world.said() ==
          Seen{std::to_string(stream) + " CLOSE 1008 no service that is carried here is at that path"});
  }
  CHECK(world.wire.closed.empty());
}

TEST_CASE("as many streams are open at a time as may be, and those that have closed make room") {
  MuxOptions options = MuxWorld::carrying();
  options.streams = 2;
  MuxWorld world(options);
  world.begin();
  world.open(1, "/a");
  world.open(3, "/a");
  world.said();
  world.open(5, "/a");
  CHECK(world.said() == Seen{"5 CLOSE 1013 there are 2 streams already, as many as one session may have"});
  world.close(1);
  CHECK(world.said() == Seen{"1 CLOSE 1000"});
  world.open(7, "/a");
  CHECK(world.said() == Seen{"7 OPENED 262144"});
}

TEST_CASE("a service that closes at once has been open") {
  MuxWorld world;
  world.at("/a").on_open = [](Channel& channel) {
    channel.send("last words");
    channel.close(3000, "Go away!");
  };
  world.begin();
  world.open(1, "/a");
  CHECK(world.said() == Seen{"1 OPENED 262144", "1 TEXT last words", "1 CLOSE 3000 Go away!"});
  CHECK(world.at("/a").seen() == Seen{"1 c:3000 Go away!"});
  world.close(1, 3000);
  CHECK(world.said().empty());
}

TEST_CASE("an exception that leaves a stream's service closes that stream alone, with 1011") {
  MuxWorld world;
  world.at("/a").on_message = [](Channel&, const Message&) { throw std::runtime_error("broken"); };
  world.begin();
  world.open(1, "/a");
  world.open(3, "/b");
  world.said();
  world.text(1, "x");
  CHECK(world.said() == Seen{"1 CLOSE 1011 the service failed"});
  CHECK(world.at("/a").faults == Seen{"broken"});
  world.text(3, "y");
  CHECK(world.at("/b").seen() == Seen{"1 m:y"});
}
