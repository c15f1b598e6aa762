// An application's handlers: when on_writable comes, and that handlers may be replaced and are let go.
#include "tests/core/fakes.hpp"

#include <memory>
#include <string>

using namespace encke;
using namespace encke::test;
using Then = Taken::Then;

TEST_CASE("on_writable comes once, when a backlog above the half has left altogether") {
  FakeCarrier carrier({{1, Then::wait}, {1, Then::wait}});
  World world;
  world.options.outbox_bytes = 1'000;
  world.listen();
  Session& session = world.open_on(carrier);
  world.channel->send(std::string(600, 'x'));
  world.channel->send("y");
  world.turn.end();
  CHECK(world.seen().empty());
  session.ready(carrier);
  world.turn.end();
  CHECK_MESSAGE(world.seen().empty(), "one message is left");
  session.ready(carrier);
  world.turn.end();
  CHECK(world.seen() == Seen{"w"});
  world.channel->send("z");
  world.turn.end();
  CHECK(world.seen().empty());
}

TEST_CASE("on_writable does not come for less than the half, nor to a closing channel") {
  FakeCarrier carrier({{1, Then::wait}});
  World world;
  world.options.outbox_bytes = 1'000;
  world.listen();
  Session& session = world.open_on(carrier);
  world.channel->send(std::string(300, 'x'));
  world.channel->send("y");
  session.ready(carrier);
  world.turn.end();
  CHECK(world.seen().empty());
  carrier.script = {{1, Then::wait}};
  world.channel->send("z");
  world.turn.end();
  world.channel->send(std::string(600, 'x'));
  world.channel->send("y");
  world.channel->close();
  session.ready(carrier);
  world.turn.end();
  CHECK(world.seen() == Seen{"c:1000 Normal closure"});
}

TEST_CASE("on_writable comes when a new carrier takes the backlog") {
  World world;
  world.options.outbox_bytes = 1'000;
  world.listen();
  Session& session = world.open();
  CHECK(world.poll(session) == "o");
  world.channel->send(std::string(600, 'x'));
  world.channel->send("y");
  world.turn.end();
  CHECK(world.seen().empty());
  world.poll(session);
  CHECK(world.seen() == Seen{"w"});
}

TEST_CASE("on_writable may send: a source is paced by its reader") {
  FakeCarrier carrier;
  World world;
  world.options.outbox_bytes = 1'700;
  int batches = 0;
  world.serve([&](Channel& channel) {
    const auto fill = [&] {
      if (++batches > 20) return;
      while (channel.buffered() < 700) CHECK(channel.send(std::string(100, 'x')));
    };
    channel.on_writable(fill);
    fill();
  });
  world.open_on(carrier);
  CHECK(batches == 21);
  CHECK(carrier.said().size() == 1 + 20 * 7 * (100 + 3));
}

TEST_CASE("handlers may be replaced while they run") {
  FakeCarrier carrier;
  World world;
  std::string heard;
  world.serve([&](Channel& channel) {
    auto shared = std::make_shared<std::string>("first");
    channel.on_message([&, shared](const Message&) {
      channel.on_message([&](const Message& message) { (heard += "second:") += message.data(); });
      heard += *shared + ' ';
    });
    shared.reset();
  });
  Session& session = world.open_on(carrier);
  session.receive(Message::text("1"));
  session.receive(Message::text("2"));
  session.receive(Message::text("3"));
  CHECK(heard == "first second:2second:3");
}

TEST_CASE("handlers may be taken away while they run") {
  FakeCarrier carrier;
  World world;
  int heard = 0;
  world.serve([&](Channel& channel) {
    channel.on_message([&](const Message&) {
      ++heard;
      channel.on_message(nullptr);
    });
  });
  Session& session = world.open_on(carrier);
  session.receive(Message::text("1"));
  session.receive(Message::text("2"));
  CHECK(heard == 1);
}

TEST_CASE("on_writable may be replaced while it runs") {
  FakeCarrier carrier;
  World world;
  world.options.outbox_bytes = 1'000;
  std::string order;
  Channel* opened = nullptr;
  world.serve([&](Channel& channel) {
    opened = &channel;
    auto shared = std::make_shared<std::string>("first ");
    channel.on_writable([&, shared] {
      channel.on_writable([&] { order += "second "; });
      order += *shared;
    });
  });
  world.open_on(carrier);
  for (int round = 0; round < 3; ++round) {
    opened->send(std::string(600, 'x'));
    opened->send("y");
    world.turn.end();
  }
  CHECK(order == "first second second ");
}

TEST_CASE("what handlers hold is let go when the channel has closed") {
  FakeCarrier carrier;
  World world;
  const auto held = std::make_shared<int>(1);
  Channel* opened = nullptr;
  world.serve([&](Channel& channel) {
    opened = &channel;
    channel.on_message([held](const Message&) {});
    channel.on_close([held](const CloseReason&) {});
    channel.on_writable([held] {});
  });
  world.open_on(carrier);
  CHECK(held.use_count() == 4);
  opened->close();
  world.turn.end();
  CHECK_MESSAGE(world.sessions->size() == 1, "the session still tells who asks");
  CHECK(held.use_count() == 1);
}
