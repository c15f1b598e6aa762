// Resumable sessions: numbers, carriers that replace one another, breaks (PROTOCOL 6.5 to 6.7).
#include "tests/core/resume_support.hpp"

#include <string>

using namespace encke;
using namespace encke::test;
using Then = Taken::Then;
using Steps = std::deque<FakeCarrier::Step>;

// ---- 6.2, 6.3 -------------------------------------------------------------------------------------------

TEST_CASE("6.2 the service hears of a session when its first carrier comes; without one it is forgotten") {
  FakeCarrier carrier;
  ResumableWorld world;
  CHECK(world.channel == nullptr);
  world.pass(Millis{59'900});
  CHECK_FALSE(world.is_over());
  CHECK(world.join(carrier, 1) == 0);
  CHECK(world.channel != nullptr);
  CHECK(carrier.said() == "k0");

  ResumableWorld forgotten;
  forgotten.pass(Millis{60'100});
  CHECK(forgotten.is_over());
  CHECK(forgotten.seen().empty());
}

// ---- 6.5 ------------------------------------------------------------------------------------------------

TEST_CASE("6.5 of messages up the next is delivered, those below are dropped, one beyond is refused") {
  FakeCarrier carrier;
  ResumableWorld world;
  world.join(carrier, 1);
  CHECK(world.says(0, {"a", "b"}) == 0);
  CHECK(world.says(0, {"a", "b"}) == 0);
  CHECK(world.says(1, {"b", "c"}) == 0);
  CHECK(world.says(4, {"e"}) == 409);
  CHECK(world.says(4, {}) == 409);
  CHECK(world.says(3, {}) == 0);
  CHECK(world.seen() == Seen{"m:a", "m:b", "m:c"});
  CHECK(world.session->delivered() == 3);
  CHECK(world.counts().repeated_up == 3);
}

TEST_CASE("6.5 a carrier begins with message A; what lies below it is let go") {
  FakeCarrier first;
  FakeCarrier second;
  FakeCarrier third;
  ResumableWorld world;
  world.join(first, 1);
  world.sends({"a", "b", "c"});
  CHECK(first.said() == "k0 m:a m:b m:c");
  CHECK(world.left() == "a b c");
  CHECK(world.join(second, 2, 1) == 0);
  CHECK(second.said() == "k0 m:b m:c");
  CHECK(world.left() == "b c");
  world.sends({"d"});
  CHECK(world.join(third, 3, 4) == 0);
  CHECK(third.said() == "k0");
  CHECK(world.left().empty());
  CHECK(world.counts().resumed == 2);
  CHECK(world.counts().repeated_down == 2);
}

TEST_CASE("6.7 a session that has no carrier is counted as one that waits, until it has one or is over") {
  FakeCarrier first;
  FakeCarrier second;
  ResumableWorld world;
  const auto waiting = [&world] { return world.sessions->waiting(); };
  CHECK(waiting() == 1);
  world.join(first, 1);
  CHECK(waiting() == 0);
  world.join(second, 2);
  CHECK(waiting() == 0);
  world.session->detach(second, Detach::finished);
  CHECK(waiting() == 1);
  SUBCASE("the page comes back") {
    world.join(*(world.polls.emplace_back(std::make_unique<FakeCarrier>())), 3);
  }
  SUBCASE("the page closes") { world.session->closed_by_page({1000, ""}); }
  SUBCASE("nobody comes") { world.pass(world.options.resume_window); }
  CHECK(waiting() == 0);
}

TEST_CASE("6.6 a carrier that follows one which had ended in order resumes nothing; one after a loss does") {
  FakeCarrier poll(FakeCarrier::Kind::poll);
  FakeCarrier next(FakeCarrier::Kind::poll);
  FakeCarrier lost;
  FakeCarrier back;
  ResumableWorld world;
  world.join(poll, 1);
  world.join(next, 2);
  world.join(lost, 3);
  CHECK(world.counts().resumed == 0);
  world.session->detach(lost, Detach::lost);
  world.join(back, 4);
  CHECK(world.counts().resumed == 1);
}

TEST_CASE(
    "6.5 an A that was overtaken means nothing; one beyond what was sent is refused and changes nothing") {
  FakeCarrier carrier;
  ResumableWorld world;
  world.join(carrier, 1);
  world.sends({"a", "b"});
  CHECK(world.states(2) == 0);
  CHECK(world.states(1) == 0);
  CHECK(world.states(3) == 400);
  CHECK(world.states(kLargestNumber) == 400);
  world.sends({"c"});
  CHECK(world.left() == "c");
  CHECK(world.states(3) == 0);
  CHECK(world.left().empty());
}

TEST_CASE(
    "6.5 what arrived over an old carrier still goes over the one that counts it, and is not left over") {
  FakeCarrier old;
  FakeCarrier slow(Steps{{1, Then::wait}, {1, Then::wait}});
  FakeCarrier last;
  ResumableWorld world;
  world.join(old, 1);
  world.sends({"a", "b", "c"});
  world.join(slow, 2, 0);
  CHECK(slow.said() == "k0");
  CHECK(world.states(3) == 0);  // all of it came over the old one meanwhile
  CHECK(world.left().empty());
  CHECK(world.join(last, 2, 3) == 409);
  world.session->ready(slow);
  world.turn.end();
  CHECK(slow.said() == "m:a");
  world.session->ready(slow);
  world.turn.end();
  CHECK(slow.said() == "m:b m:c");
  CHECK(world.session->outbox().size() == 0);
}

TEST_CASE("6.5 a carrier whose A was overtaken begins with what is not acknowledged, and says so") {
  FakeCarrier old;
  FakeCarrier slow(Steps{{1, Then::wait}});
  FakeCarrier late;
  FakeCarrier poll(FakeCarrier::Kind::poll);
  ResumableWorld world;
  world.join(old, 1);
  world.sends({"a", "b", "c"});
  world.join(slow, 2, 0);
  world.states(2);  // slow had none of it yet, so it still counts from 0
  CHECK(world.join(late, 3, 4) == 400);
  CHECK_FALSE(slow.over());
  CHECK(world.join(late, 3, 1) == 0);
  CHECK(late.said() == "k0 s2 m:c");
  CHECK(world.join(poll, 4, 0, false) == 0);
  CHECK(poll.said() == "s2");
}

// ---- 6.6 ------------------------------------------------------------------------------------------------

TEST_CASE("6.6.1 a carrier with a number that is not higher is refused with 409 and changes nothing") {
  FakeCarrier carrier;
  FakeCarrier late;
  ResumableWorld world;
  CHECK(world.join(late, 0) == 409);
  CHECK(world.channel == nullptr);
  CHECK(world.join(carrier, 5) == 0);
  world.sends({"a"});
  CHECK(world.join(late, 5) == 409);
  CHECK(world.join(late, 4) == 409);
  CHECK(late.said().empty());
  CHECK_FALSE(carrier.over());
  CHECK(world.left() == "a");
  carrier.said();
  world.sends({"b"});
  CHECK(carrier.said() == "m:b");
  CHECK(world.join(late, kLargestNumber) == 0);
}

TEST_CASE(
    "6.6.2 a carrier with a higher number takes the session over at once; the one before is ended in order") {
  FakeCarrier first;
  FakeCarrier second;
  ResumableWorld world;
  world.join(first, 1);
  world.sends({"a"});
  CHECK(world.join(second, 3) == 0);
  CHECK(first.finished_as(Detach::replaced));
  CHECK(second.said() == "k0 m:a");
  world.session->detach(first, Detach::lost);  // heard of late
  world.session->ready(first);
  world.session->alive(first);
  world.session->closed_by_peer(first, {1000, ""});
  world.sends({"b"});
  CHECK(second.said() == "m:b");
}

TEST_CASE(
    "6.6.3 the first frame is k, even where it must wait and the page was told in another way meanwhile") {
  FakeCarrier full(Steps{{0, Then::wait}});
  FakeCarrier poll(FakeCarrier::Kind::poll);
  ResumableWorld world;
  world.join(full, 1);
  world.sends({"a"});
  world.session->told();
  world.session->ready(full);
  world.turn.end();
  CHECK(full.said() == "k0 m:a");
  world.join(poll, 2, 1, false);
  CHECK(poll.said().empty());
  CHECK_FALSE(poll.over());
}

// ---- 6.7 ------------------------------------------------------------------------------------------------

TEST_CASE("6.7 a session waits for the resume window, whatever became of its carrier, and goes on") {
  FakeCarrier first;
  FakeCarrier second;
  FakeCarrier third;
  ResumableWorld world;
  world.join(first, 1);
  world.sends({"a"});
  world.session->detach(first, Detach::lost);
  world.pass(Millis{59'900});
  world.sends({"b"});
  CHECK(world.join(second, 2) == 0);
  CHECK(second.said() == "k0 m:a m:b");
  world.session->detach(second, Detach::finished);
  world.pass(Millis{59'900});
  CHECK(world.join(third, 3, 2) == 0);
  CHECK(world.seen().empty());
}

TEST_CASE("6.7 when the window has passed the service is told 1006, once, with what never arrived") {
  FakeCarrier carrier;
  ResumableWorld world;
  world.join(carrier, 1);
  std::string left;
  world.channel->on_close(
      [&](const CloseReason& reason) { left += std::to_string(reason.code) + ": " + world.left(); });
  world.sends({"a", "b", "c"});
  world.states(1);
  world.session->detach(carrier, Detach::lost);
  world.sends({"d"});
  world.pass(Millis{60'100});
  CHECK(left == "1006: b c d");
  CHECK(world.is_over());
  CHECK(world.counts().expired == 1);
}

TEST_CASE("6.7 k comes in place of a heartbeat where one is due; a carrier that does not answer is cut off") {
  FakeCarrier carrier;
  FakeCarrier silent;
  silent.answers = true;
  ResumableWorld world;
  world.join(carrier, 1);
  world.says(0, {"a"});
  CHECK(carrier.said() == "k0");
  world.pass(Millis{25'050});
  CHECK(carrier.said() == "k1");
  world.pass(Millis{25'050});
  CHECK(carrier.said() == "h");
  world.join(silent, 2);
  world.pass(Millis{25'050});
  world.session->alive(silent);
  world.pass(Millis{25'050});
  CHECK(silent.said() == "k1 h h");
  world.pass(Millis{10'050});
  CHECK(silent.finished_as(Detach::lost));
  CHECK_FALSE(world.is_over());
}

// ---- 6.10 -----------------------------------------------------------------------------------------------

TEST_CASE(
    "6.10 the server's close follows its last message, and goes to every later carrier until it is "
    "answered") {
  FakeCarrier first;
  FakeCarrier second;
  FakeCarrier third;
  ResumableWorld world;
  world.join(first, 1);
  world.channel->send("last");
  world.channel->close(3000, "enough");
  world.turn.end();
  CHECK(first.said() == "k0 m:last c:3000 enough");
  CHECK_FALSE(first.over());
  world.session->detach(first, Detach::lost);
  world.join(second, 2, 0);
  CHECK(second.said() == "k0 m:last c:3000 enough");
  world.join(third, 3, 1);
  CHECK(third.said() == "k0 c:3000 enough");
  CHECK(world.says(0, {"too late"}) == 0);
  CHECK(world.seen().empty());
  world.session->closed_by_page({3000, "enough"});
  CHECK(world.seen() == Seen{"c:3000 enough"});
  CHECK(world.is_over());
  CHECK(third.finished_as(Detach::closed));
}
