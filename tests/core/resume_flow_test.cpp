// Resumable sessions: the window, acknowledgements, slow readers, a service that pauses (PROTOCOL 6.8).
#include "tests/core/resume_support.hpp"

#include <string>

using namespace encke;
using namespace encke::test;
using Then = Taken::Then;

namespace {

/// A message that counts `cost`.
std::string of_cost(std::size_t cost, char letter = 'x') {
  return std::string(cost - Outbox::kMessageCost, letter);
}

/// How many messages are in what a carrier said.
std::size_t messages(FakeCarrier& carrier) {
  const std::string said = carrier.said();
  std::size_t count = 0;
  for (std::size_t at = said.find("m:"); at != std::string::npos; at = said.find("m:", at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("6.8 while less than the window is not acknowledged more goes, and the rest waits") {
  FakeCarrier carrier;
  ResumableWorld world(2'000);
  world.join(carrier, 1);
  for (int index = 0; index < 8; ++index) CHECK(world.channel->send(of_cost(250)));
  world.turn.end();
  CHECK(messages(carrier) == 4);
  world.states(1);
  CHECK(messages(carrier) == 1);
  world.turn.end();
  CHECK(messages(carrier) == 0);
  world.states(5);
  CHECK(messages(carrier) == 3);
}

TEST_CASE("6.8 a small message that nobody has reason to acknowledge does not keep back a large one") {
  FakeCarrier carrier;
  ResumableWorld world(2'000);
  world.join(carrier, 1);
  world.sends({"small"});
  SUBCASE("of almost the window") { world.sends({of_cost(999)}); }
  SUBCASE("of almost the outbox") { world.sends({of_cost(1'999)}); }
  SUBCASE("of more than the outbox") { world.sends({of_cost(5'000)}); }
  CHECK(messages(carrier) == 2);
  CHECK(world.channel->is_open());
}

TEST_CASE("6.8 a quarter of the window is no byte less than that, whatever the window divides by") {
  FakeCarrier carrier;
  ResumableWorld world(802);  // a window of 401
  world.join(carrier, 1);
  world.sends({of_cost(100)});
  world.sends({of_cost(400)});
  CHECK(messages(carrier) == 2);
}

TEST_CASE("6.8 the smallest outbox lets one message at a time through") {
  for (std::size_t bytes = 1; bytes <= 9; ++bytes) {
    CAPTURE(bytes);
    FakeCarrier carrier;
    ResumableWorld world(bytes, SlowReader::block);
    world.join(carrier, 1);
    world.sends({"a"});
    CHECK(carrier.said() == "k0 m:a");
    world.sends({"b"});
    CHECK_FALSE(world.channel->send("c"));
    world.says(0, {"up"});
    CHECK(world.seen().empty());
    world.states(1);
    CHECK(carrier.said() == "m:b");
    world.states(2);
    CHECK(world.seen() == Seen{"m:up", "w"});
  }
}

TEST_CASE(
    "6.8 a long message that a poll has taken makes nobody slow; one that nobody took fills the outbox") {
  FakeCarrier poll(FakeCarrier::Kind::poll);
  ResumableWorld world(2'000);
  world.join(poll, 1, 0, false);
  world.sends({of_cost(1'200)});
  CHECK(messages(poll) == 1);
  world.sends({of_cost(1'200)});
  CHECK(world.channel->is_open());
  CHECK_FALSE(world.channel->send(""));
  CHECK_FALSE(world.channel->is_open());
}

TEST_CASE("6.8 what arrived over an old carrier is not in the window of the new one") {
  FakeCarrier old;
  FakeCarrier slow(std::deque<FakeCarrier::Step>{{1, Then::wait}});
  ResumableWorld world(2'000);
  world.join(old, 1);
  for (int index = 0; index < 6; ++index) CHECK(world.channel->send(of_cost(250)));
  world.turn.end();
  CHECK(messages(old) == 4);
  world.join(slow, 2, 0);
  world.states(4);  // the page has no reason to say it again
  world.session->ready(slow);
  world.turn.end();
  CHECK(messages(slow) == 6);
}

TEST_CASE("6.8 k leaves once a quarter of the window was delivered, for q, and not before") {
  FakeCarrier carrier;
  ResumableWorld world(1 << 20);
  world.join(carrier, 1);
  CHECK(carrier.said() == "k0");
  for (std::uint64_t number = 0; number < 64; ++number) world.says(number, {"x"});
  CHECK(carrier.said().empty());
  world.says(64, {of_cost((1 << 17) - 64 * 49 - 1)});
  CHECK(carrier.said().empty());
  world.says(65, {""});
  CHECK(carrier.said() == "k66");
  world.says(66, {"x"});
  world.session->tell();
  world.turn.end();
  CHECK(carrier.said() == "k67");
}

TEST_CASE(
    "6.8 what comes while the service has paused is held and not acknowledged; then all goes on in order") {
  FakeCarrier carrier;
  FakeWaiter waiter;
  ResumableWorld world;
  world.join(carrier, 1);
  world.says(0, {"a"});
  world.channel->pause();
  CHECK(world.says(1, {"b", "c"}) == 0);
  CHECK(world.says(1, {"b", "c"}) == 0);
  CHECK(world.seen() == Seen{"m:a"});
  CHECK(world.session->delivered() == 1);
  REQUIRE(world.session->waits());
  world.session->wait(waiter);
  world.turn.end();
  CHECK(waiter.calls == 0);
  world.channel->resume();
  world.turn.end();
  CHECK(world.seen() == Seen{"m:b", "m:c"});
  CHECK(world.session->delivered() == 3);
  CHECK(waiter.calls == 1);
  world.says(3, {"d"});
  CHECK(world.seen() == Seen{"m:d"});
}

TEST_CASE("6.8 a service may pause again in the middle of what was held") {
  FakeCarrier carrier;
  ResumableWorld world;
  world.join(carrier, 1);
  std::string heard;
  world.channel->on_message([&](const Message& message) {
    heard += message.data();
    world.channel->pause();
  });
  world.says(0, {"a", "b", "c"});
  CHECK(heard == "a");
  world.channel->resume();
  world.turn.end();
  CHECK(heard == "ab");
  world.channel->resume();
  world.turn.end();
  CHECK(heard == "abc");
  CHECK(world.session->delivered() == 3);
}

TEST_CASE("6.8 the answer to a send goes once all of it is delivered, though the service has paused again") {
  FakeCarrier carrier;
  FakeWaiter waiter;
  ResumableWorld world;
  world.join(carrier, 1);
  world.channel->on_message([&](const Message&) { world.channel->pause(); });
  world.says(0, {"a", "b"});
  REQUIRE(world.session->waits());
  world.session->wait(waiter);
  world.channel->resume();
  world.turn.end();
  CHECK(world.session->delivered() == 2);
  CHECK(waiter.calls == 1);
  CHECK_FALSE(world.session->waits());
}

TEST_CASE("6.8 what comes while more than half of outbox_bytes waits for the page is held") {
  FakeCarrier carrier;
  ResumableWorld world(2'000);
  world.join(carrier, 1);
  world.sends({of_cost(1'001)});
  world.says(0, {"a"});
  CHECK(world.seen().empty());
  world.states(1);
  CHECK(world.seen() == Seen{"m:a"});
}

TEST_CASE("6.8 a page that goes far beyond its window is closed with 1008") {
  FakeCarrier carrier;
  ResumableWorld world(2'000);
  world.options.max_message_bytes = 1'000;
  world.listen();
  world.session = &world.sessions->reserve("abc", std::make_unique<Resumption>());
  world.join(carrier, 1);
  world.channel->pause();
  for (std::uint64_t number = 0; number < 12; ++number) world.says(number, {of_cost(250)});
  CHECK(world.channel->is_open());
  world.says(12, {""});
  CHECK_FALSE(world.channel->is_open());
  CHECK(carrier.said().starts_with("k0 c:1008 "));
}

TEST_CASE("6.8 slow_reader close: the channel closes with 1008, and what waited goes before it") {
  FakeCarrier carrier;
  FakeCarrier next;
  ResumableWorld world(1'000, SlowReader::close);
  world.join(carrier, 1);
  world.session->detach(carrier, Detach::lost);
  world.sends({of_cost(500, 'a'), of_cost(500, 'b')});
  CHECK_FALSE(world.channel->send(""));
  CHECK_FALSE(world.channel->is_open());
  CHECK(world.counts().slow_closed == 1);
  world.join(next, 2);
  CHECK(messages(next) == 1);  // as much as the window has
  world.states(1);
  const std::string rest = next.said();
  CHECK(rest.starts_with("m:bbb"));
  CHECK(rest.find("c:1008 ") != std::string::npos);
  CHECK(world.seen().empty());
  world.session->closed_by_page({1008, ""});
  CHECK(world.seen().size() == 1);
}

TEST_CASE("6.8 slow_reader block: the message is refused, and the service hears when there is room") {
  FakeCarrier carrier;
  FakeCarrier next;
  ResumableWorld world(1'000, SlowReader::block);
  world.join(carrier, 1);
  world.session->detach(carrier, Detach::lost);
  world.sends({of_cost(250), of_cost(250), of_cost(250), of_cost(250)});
  CHECK_FALSE(world.channel->send(""));
  CHECK_FALSE(world.channel->send(""));
  CHECK(world.channel->is_open());
  CHECK_FALSE(world.channel->writable());
  CHECK(world.counts().slow_blocked == 2);
  world.join(next, 2);
  world.states(2);
  CHECK(world.seen().empty());
  world.states(3);
  CHECK(world.seen() == Seen{"w"});
  CHECK(world.channel->writable());
  world.sends({""});
  CHECK(world.session->outbox().end() == 5);
}

TEST_CASE("6.8 slow_reader drop_oldest: of what no carrier has had the oldest goes, and numbers stay whole") {
  FakeCarrier carrier;
  FakeCarrier next;
  ResumableWorld world(1'000, SlowReader::drop_oldest);
  world.join(carrier, 1);
  world.sends({"a", "b"});
  world.session->detach(carrier, Detach::lost);
  for (const char letter : {'1', '2', '3', '4', '5', '6'}) CHECK(world.channel->send(of_cost(200, letter)));
  world.turn.end();
  const std::uint64_t dropped = world.counts().slow_dropped;
  CHECK(dropped >= 2);
  CHECK(world.session->outbox().end() == 8 - dropped);
  CHECK(world.session->outbox().cost() <= 1'000);
  world.join(next, 2, 1);
  CHECK(next.said().starts_with("k0 m:b m:" + std::string(152, static_cast<char>('1' + dropped))));
  CHECK(world.channel->is_open());
}
