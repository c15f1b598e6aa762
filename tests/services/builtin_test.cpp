// The services that need nothing but their channel.
#include "server/services/builtin.hpp"

#include "tests/core/fakes.hpp"

using namespace encke;
using namespace encke::test;

namespace {

/// Opens a session of `service`, and tells what it says to each of `messages`.
std::string said(const Service& service, const std::vector<Message>& messages) {
  FakeCarrier carrier;
  World world;
  world.serve(service);
  Session& session = world.open_on(carrier);
  std::string text = carrier.said();
  for (const Message& message : messages) {
    session.receive(message);
    world.turn.end();
    text += '|' + carrier.said();
  }
  return text;
}

}  // namespace

TEST_CASE("echo sends every message back, text or binary") {
  CHECK(said(services::echo(), {Message::text("a"), Message::text(""), Message::binary("b")}) ==
        "o|m:a|m:|m:b");
}

TEST_CASE("echo takes no more from a browser that does not read, and goes on when it does (PROTOCOL 6.8)") {
  for (const SlowReader policy : {SlowReader::close, SlowReader::block}) {
    FakeCarrier slow(std::deque<FakeCarrier::Step>{{1, Taken::Then::wait}});
    World world;
    world.options.outbox_bytes = 1000;
    world.options.slow_reader = policy;
    world.serve(services::echo());
    Session& session = world.open_on(slow);
    std::string expected = "o";
    for (int count = 0; count < 10; ++count) {
      const std::string text(200, static_cast<char>('a' + count));
      expected += " m:" + text;
      session.receive(Message::text(text));
      world.turn.end();
    }
    CHECK(session.holds());
    CHECK(session.is_open());
    session.ready(slow);
    world.turn.end();
    CHECK_FALSE(session.holds());
    CHECK(slow.said() == expected);
  }
}

TEST_CASE("close closes at once, with 3000") { CHECK(said(services::close(), {}) == "o c:3000 Go away!"); }

TEST_CASE("amplify answers n with 2 to the n times x; what is no number from 1 to 18 counts as 1") {
  const auto size = [](std::string_view number) {
    const std::string text = said(services::amplify(), {Message::text(number)});
    REQUIRE(text.substr(0, 4) == "o|m:");
    CHECK(text.find_first_not_of('x', 4) == std::string::npos);
    return text.size() - 4;
  };
  CHECK(size("1") == 2);
  CHECK(size("5") == 32);
  CHECK(size("18") == 262'144);
  for (const char* other : {"0", "19", "-1", "", "x", "99999999999999999999"}) {
    CAPTURE(std::string(other));
    CHECK(size(other) == 2);
  }
}
