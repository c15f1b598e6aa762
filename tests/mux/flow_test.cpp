// Flow control of each stream, both ways: none holds up another.
#include "tests/mux/mux_world.hpp"

using namespace encke;
using namespace encke::test;

namespace {

MuxOptions small_windows() {
  MuxOptions options = MuxWorld::carrying();
  options.window = 2048;
  return options;
}

ServiceOptions with(SlowReader slow_reader) {
  ServiceOptions options;
  options.outbox_bytes = 100'000;
  options.slow_reader = slow_reader;
  return options;
}

}  // namespace

TEST_CASE("a page gets its credit back when half of the window has been taken") {
  MuxWorld world(small_windows());
  world.begin();
  world.open(1, "/a");
  CHECK(world.said() == Seen{"1 OPENED 2048"});
  world.text(1, std::string(975, 'x'));
  CHECK(world.said().empty());
  world.text(1, "");
  CHECK(world.said() == Seen{"1 CREDIT 1071"});
}

TEST_CASE("the window is half of the service's outbox_bytes where that is less, and 1024 at least") {
  MuxWorld world;
  ServiceOptions small;
  small.outbox_bytes = 10'000;
  world.add("/a", small);
  small.outbox_bytes = 100;
  world.add("/b", small);
  world.begin();
  world.open(1, "/a");
  world.open(3, "/b");
  CHECK(world.said() == Seen{"1 OPENED 5000", "3 OPENED 1024"});
}

TEST_CASE("a stream whose service has paused gets no credit, while others do, until it resumes") {
  MuxWorld world(small_windows());
  world.begin();
  world.open(1, "/a");
  world.open(3, "/b");
  world.said();
  world.at("/a").channels[0]->pause();
  world.text(1, std::string(1900, 'x'));
  world.text(3, std::string(1900, 'y'));
  CHECK(world.said() == Seen{"3 CREDIT 1948"});
  CHECK(world.at("/a").seen().empty());
  world.at("/a").channels[0]->resume();
  world.turn.end();
  CHECK(world.at("/a").seen().size() == 1);
  CHECK(world.said() == Seen{"1 CREDIT 1948"});
}

TEST_CASE("a service that pauses in the midst of a long message holds the rest of it at the page") {
  MuxWorld world(small_windows());
  world.begin();
  world.open(1, "/a");
  world.said();
  world.text(1, std::string(1500, 'x'), true);
  CHECK(world.said() == Seen{"1 CREDIT 1548"});
  world.at("/a").channels[0]->pause();
  world.text(1, std::string(1500, 'x'), true);
  CHECK(world.said().empty());
  world.at("/a").channels[0]->resume();
  world.turn.end();
  CHECK(world.said() == Seen{"1 CREDIT 1548"});
}

TEST_CASE("a page that sends and does not read is given no credit once half of its outbox is full") {
  ServiceOptions options = with(SlowReader::close);
  MuxWorld world(small_windows());
  MuxTarget& echo = world.add("/a", options);
  echo.on_message = [](Channel& channel, const Message& message) { channel.send(message); };
  world.begin();
  world.open(1, "/a", 1024);
  world.said();
  std::size_t rounds = 0;
  std::vector<std::string> said;
  do {
    world.text(1, std::string(1500, 'x'));
    ++rounds;
    said = world.said();
  } while (std::find(said.begin(), said.end(), "1 CREDIT 1548") != said.end() && rounds < 1000);
  CHECK(rounds > 30);
  CHECK(rounds < 60);
  CHECK(echo.channels[0]->is_open());
  world.credit(1, 100'000);
  said = world.said();
  CHECK(std::find(said.begin(), said.end(), "1 CREDIT 1548") != said.end());
  CHECK(echo.channels[0]->is_open());
}

TEST_CASE("what is sent beyond the page's window waits, and others pass it") {
  MuxWorld world;
  world.begin();
  world.open(1, "/a", 1024);
  world.open(3, "/b");
  world.said();
  Channel& slow = *world.at("/a").channels[0];
  for (int count = 0; count < 30; ++count) slow.send(std::string(1000, 'x'));
  for (int count = 0; count < 3; ++count) world.at("/b").channels[0]->send("quick");
  world.turn.end();
  const auto said = world.said();
  REQUIRE(said.size() == 4);
  CHECK(said[0].starts_with("1 TEXT+ xxx"));
  CHECK(said[1] + said[2] + said[3] == "3 TEXT quick3 TEXT quick3 TEXT quick");
  CHECK(slow.buffered() > 10'000);
  world.credit(1, 100'000);
  CHECK(world.said().size() == 30);
  CHECK(slow.buffered() == 0);
}

TEST_CASE("a slow stream meets its service's slow_reader: close, with 1008") {
  MuxWorld world;
  MuxTarget& target = world.add("/a", with(SlowReader::close));
  world.begin();
  world.open(1, "/a", 1024);
  world.open(3, "/b");
  world.said();
  Channel& slow = *target.channels[0];
  int sent = 0;
  while (slow.send(std::string(10'000, 'x'))) ++sent;
  world.turn.end();
  CHECK(sent == 11);
  CHECK(target.seen() == Seen{"1 c:1008 the reader fell behind by more than 100000 bytes"});
  const auto said = world.said();
  CHECK(said == Seen{"1 CLOSE 1008 what was sent was not taken in time"});
  CHECK(target.sessions.counts().now().slow_closed == 1);
  world.text(3, "x");
  CHECK(world.at("/b").seen() == Seen{"1 m:x"});
}

TEST_CASE("a slow stream meets its service's slow_reader: block, and on_writable() when it has room") {
  MuxWorld world;
  MuxTarget& target = world.add("/a", with(SlowReader::block));
  bool told = false;
  target.on_open = [&](Channel& channel) { channel.on_writable([&] { told = true; }); };
  world.begin();
  world.open(1, "/a", 1024);
  Channel& slow = *target.channels[0];
  int sent = 0;
  while (slow.send(std::string(10'000, 'x'))) ++sent;
  CHECK(sent == 11);
  CHECK_FALSE(slow.writable());
  world.turn.end();
  CHECK_FALSE(told);
  world.credit(1, 200'000);
  CHECK(told);
  CHECK(slow.writable());
  CHECK(slow.send("again"));
}

TEST_CASE("a slow stream meets its service's slow_reader: drop_oldest, and never half a message") {
  MuxWorld world;
  MuxTarget& target = world.add("/a", with(SlowReader::drop_oldest));
  world.begin();
  world.open(1, "/a", 1024);
  for (int count = 0; count < 50; ++count) {
    target.channels[0]->send(std::to_string(count) + std::string(10'000, 'x'));
    world.turn.end();
  }
  world.said();
  world.credit(1, 500'000);
  const auto said = world.said();
  REQUIRE(said.size() > 3);
  CHECK_MESSAGE(said[0].size() == 7 + 10'001 - (1024 - 48), "the rest of the first");
  CHECK(said[1].starts_with("1 TEXT 1x"));
  CHECK(said.back().starts_with("1 TEXT 49x"));
  CHECK(target.sessions.counts().now().slow_dropped > 30);
}

TEST_CASE("when the session has no room each stream keeps what it has, and then they take turns") {
  MuxWorld world;
  world.begin();
  world.open(1, "/a", 1'000'000);
  world.open(3, "/b", 1'000'000);
  world.said();
  world.wire.room = 0;
  world.at("/a").channels[0]->send(std::string(400'000, 'a'));
  world.turn.end();
  world.at("/b").channels[0]->send(std::string(40'000, 'b'));
  world.turn.end();
  CHECK(world.said().empty());
  CHECK_MESSAGE(world.session->outbox().pending_bytes() <= 256 * 1024, "the session's own bound holds");
  world.make_room(1'000);
  const auto said = world.said();
  REQUIRE(said.size() == 28);
  std::size_t last = 0;
  for (std::size_t index = 0; index < said.size(); ++index) {
    if (said[index].starts_with("3 ")) last = index;
  }
  CHECK_MESSAGE(last < 15, "three pieces of the second do not wait for all of the first");
}

TEST_CASE("one stream stopped at its service, the session's room small: 1 MiB of another comes and goes") {
  ServiceOptions tight = mux_service();
  tight.outbox_bytes = 40'000;
  MuxWorld world(MuxWorld::carrying(), tight);
  MuxTarget& echo = world.add("/b");
  echo.on_message = [](Channel& channel, const Message& message) { channel.send(message); };
  world.begin();
  world.open(1, "/a", 1024);
  world.open(3, "/b", 2'000'000);
  world.at("/a").channels[0]->pause();
  world.at("/a").channels[0]->send(std::string(900'000, 'a'));
  world.text(1, std::string(10'000, 'a'));
  for (int count = 0; count < 64; ++count) world.text(3, std::string(mux::kPieceBytes, 'b'), count < 63);
  std::size_t down = 0;
  for (const std::string& frame : world.said()) {
    if (frame.starts_with("3 TEXT")) down += frame.size() - frame.find(' ', 3) - 1;
  }
  CHECK(echo.seen().size() == 1);
  CHECK(down == 64 * mux::kPieceBytes);
  CHECK(world.at("/a").seen().empty());
}

TEST_CASE("a service's rate holds its stream back as it would a socket") {
  ServiceOptions options;
  options.limits.session_messages_per_second = 10;
  MuxWorld world(small_windows());
  MuxTarget& target = world.add("/a", options);
  LoopMeter all(ServerLimits{}, 4);
  Throttle throttle(world.loop, options.limits, all);
  target.sessions.set_throttle(&throttle);
  world.begin();
  world.open(1, "/a");
  world.said();
  std::size_t given = 0;
  for (; given < 100; ++given) {
    world.text(1, std::string(500, 'x'));
    if (target.sessions.counts().now().throttled > 0) break;
  }
  CHECK(given < 30);
  world.said();
  world.text(1, std::string(900, 'x'));
  CHECK_MESSAGE(world.said().empty(), "no credit while it is held");
  world.pass(Millis{1'000});
  CHECK(world.said().size() == 1);
  target.sessions.close_all(1000, "end");
  world.turn.end();
}
