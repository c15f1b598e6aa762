// How a resumable session begins and ends, and how much goes before the page has said what arrived.
#include "tests/core/fakes.hpp"

using namespace encke;
using namespace encke::test;

namespace {

/// A session that was reserved, and that the service has not heard of.
struct Reserved : World {
  Reserved() {
    options.outbox_bytes = 800;
    sessions = std::make_unique<Sessions>(
        loop, "/test", options,
        [this](Channel& opened) {
          channel = &opened;
          events.emplace_back("o");
          opened.on_message(
              [this](const Message& message) { events.push_back("m:" + std::string(message.data())); });
          opened.on_close([this](const CloseReason& reason) { events.push_back("c:" + reason.text); });
        },
        nullptr, Sessions::Kind::resumable);
    session = &sessions->reserve("abc", std::make_unique<Resumption>());
  }
  void send(std::uint64_t first, std::string_view text) {
    const Message message = Message::text(text);
    CHECK(session->accept(first, {&message, 1}));
    turn.end();
  }
  void join(FakeCarrier& carrier) {
    session->join(carrier, {.carrier = 1}, Opening{});
    turn.end();
  }
  Session* session;
};

TEST_CASE("6.2 what is sent before the first carrier waits for the service, and is not acknowledged") {
  FakeCarrier carrier;
  Reserved world;
  world.send(0, "early");
  world.send(1, "bird");
  CHECK(world.seen() == Seen{});
  CHECK(world.session->delivered() == 0);
  world.join(carrier);
  CHECK(world.seen() == Seen{"o", "m:early", "m:bird"});
  CHECK(world.session->delivered() == 2);
  world.send(2, "late");
  CHECK(world.seen() == Seen{"m:late"});
}

TEST_CASE("6.2 the sub-protocol is told when the service hears of the session, and stays over its carriers") {
  FakeCarrier first;
  FakeCarrier second;
  World world;
  world.options.protocols = {"mail", "chat"};
  std::string seen;
  world.serve([&](Channel& channel) {
    seen += channel.opening().protocol;
    world.channel = &channel;
  });
  Session& session = world.sessions->reserve("abc", std::make_unique<Resumption>(), "chat");
  Opening opening;
  opening.protocol = "mail";  // of a carrier: it is no longer asked
  session.join(first, {.carrier = 1}, opening);
  CHECK(seen == "chat");
  session.detach(first, Detach::lost);
  CHECK(world.channel->protocol() == "chat");
  session.join(second, {.carrier = 2}, opening);
  CHECK(world.channel->protocol() == "chat");
}

TEST_CASE("6.2 a close that overtakes the first carrier comes behind what was sent") {
  FakeCarrier carrier;
  Reserved world;
  world.send(0, "all");
  world.session->closed_by_page({1000, "said"});
  world.turn.end();
  CHECK(world.seen() == Seen{});
  world.join(carrier);
  CHECK(world.seen() == Seen{"o", "m:all", "c:said"});
}

TEST_CASE(
    "6.8 what is not acknowledged keeps to the window, but less than a quarter of it stops no message") {
  FakeCarrier carrier;
  Reserved world;
  world.join(carrier);
  const auto send = [&world](std::size_t size) { world.channel->send(std::string(size, 'x')); };
  const auto went = [&](Session& session) {
    world.turn.end();
    return session.outbox().next();
  };
  send(51);  // 99 with its 48, of a window of 400
  send(600);
  CHECK(went(*world.session) == 2);
  send(0);
  CHECK(went(*world.session) == 2);
  CHECK(world.session->acknowledge(2));
  CHECK(went(*world.session) == 3);
  CHECK(world.session->acknowledge(3));
  send(52);  // 100: the page will acknowledge that
  send(253);
  CHECK(went(*world.session) == 4);
  CHECK(world.session->acknowledge(4));
  CHECK(went(*world.session) == 5);
}

TEST_CASE("6.8 a long message behind a little that is not acknowledged makes no reader slow") {
  FakeCarrier carrier;
  Reserved world;  // outbox_bytes 800
  world.join(carrier);
  world.channel->send(std::string(51, 'x'));
  world.turn.end();
  CHECK(world.channel->send(std::string(5'000, 'y')));
  world.turn.end();
  CHECK(world.session->is_open());
  CHECK(world.session->outbox().next() == 2);
  CHECK(world.channel->send("z"));  // the window keeps it from its carrier
  CHECK_FALSE(world.channel->send("z"));
}

TEST_CASE("6.3 nothing comes behind the close frame, even where a turn takes longer than a heartbeat") {
  FakeCarrier first;
  FakeCarrier second;
  Reserved world;
  world.join(first);
  world.channel->close(3000, "Go away!");
  world.turn.end();
  world.session->join(second, {.carrier = 2}, Opening{});
  world.timers.advance(world.timers.now() + 2 * world.options.heartbeat);
  world.turn.end();
  CHECK(second.said() == "k0 c:3000 Go away!");
}

}  // namespace
