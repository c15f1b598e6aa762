// What an application sees, and may do, from inside its handlers.
#include "tests/core/fakes.hpp"

#include <memory>
#include <set>
#include <stdexcept>
#include <string>

using namespace encke;
using namespace encke::test;
using Then = Taken::Then;

TEST_CASE("the service is told what opened the channel") {
  World world;
  world.options.protocols = {"mail", "chat"};
  bool called = false;
  world.serve([&](Channel& channel) {
    called = true;
    const Opening& opening = channel.opening();
    CHECK(opening.service == "/test");
    CHECK(opening.transport == "fake");
    CHECK(opening.protocol == "chat");
    CHECK(opening.origin == "http://a.example");
    CHECK(opening.remote_address == "127.0.0.1");
    CHECK(opening.worker == 3);
    CHECK(channel.is_open());
    CHECK(channel.buffered() == 0);
  });
  Opening request;
  request.transport = "fake";
  request.protocol = "chat";
  request.origin = "http://a.example";
  request.remote_address = "127.0.0.1";
  world.sessions->open("abc", request);
  CHECK(called);
}

TEST_CASE(
    "protocol() is one of the service's, from the service function until on_close's handler has returned") {
  FakeCarrier carrier;
  World world;
  world.options.protocols = {"mail", "chat"};
  std::string seen;
  world.serve([&](Channel& channel) {
    seen += channel.protocol();
    channel.on_message([&](const Message&) { (seen += ' ') += channel.protocol(); });
    channel.on_close([&](const CloseReason&) { (seen += ' ') += channel.protocol(); });
  });
  Session* session = nullptr;
  {
    const std::string asked = "mail";  // gone when it is asked for
    Opening request;
    request.protocol = asked;
    session = &world.sessions->open("abc", request);
  }
  session->attach(carrier);
  session->receive(Message::text("x"));
  session->closed_by_peer(carrier, {1000, ""});
  world.turn.end();
  CHECK(seen == "mail mail mail");
}

TEST_CASE("what protocol() has shown stays valid when the service gets other options") {
  World world;
  world.options.protocols = {"mail", "a name that is longer than what a text holds in itself"};
  std::string_view seen;
  world.serve([&](Channel& channel) { seen = channel.protocol(); });
  Opening request;
  request.protocol = world.options.protocols[1];
  world.sessions->open("abc", request);
  ServiceOptions others = world.options;
  others.heartbeat = std::chrono::seconds(7);
  world.sessions->set_options(others);
  CHECK(world.sessions->options().heartbeat == others.heartbeat);
  CHECK(seen.data() == world.sessions->options().protocols[1].data());
}

TEST_CASE("protocol() is empty where none was asked for, and where what was asked for is not the service's") {
  for (const std::string_view asked : {"", "other", "Chat"}) {
    World world;
    world.options.protocols = {"chat"};
    world.listen();
    Opening request;
    request.protocol = asked;
    world.sessions->open("abc", request);
    CHECK(world.channel->protocol().empty());
  }
}

TEST_CASE("messages arrive in order, text and binary as they are") {
  FakeCarrier carrier;
  World world;
  std::string kinds;
  world.serve([&](Channel& channel) {
    channel.on_message(
        [&](const Message& message) { (kinds += message.is_binary() ? 'b' : 't') += message.data(); });
  });
  Session& session = world.open_on(carrier);
  session.receive(Message::text("1"));
  session.receive(Message::binary("2"));
  session.receive(Message::text("3"));
  CHECK(kinds == "t1b2t3");
}

TEST_CASE("a channel without handlers receives, sends and closes all the same") {
  FakeCarrier carrier;
  World world;
  Channel* opened = nullptr;
  world.serve([&](Channel& channel) { opened = &channel; });
  Session& session = world.open_on(carrier);
  session.receive(Message::text("x"));
  opened->send("y");
  opened->close();
  world.turn.end();
  CHECK(carrier.said() == "o m:y c:1000 Normal closure");
}

TEST_CASE("what the service function sends comes behind the open frame") {
  FakeCarrier carrier;
  World world;
  world.serve([](Channel& channel) { channel.send("welcome"); });
  world.open_on(carrier);
  CHECK(carrier.said() == "o m:welcome");
}

TEST_CASE("an exception that leaves the service function closes the channel with 1011") {
  FakeCarrier carrier;
  bool told = false;
  World world;
  world.serve([&](Channel& channel) {
    channel.on_close([&](const CloseReason& reason) { told = reason.code == 1011; });
    throw std::runtime_error("no database");
  });
  world.open_on(carrier);
  CHECK(carrier.said() == "o c:1011 the service failed");
  CHECK(told);
  CHECK(world.faults == Seen{"no database"});
}

TEST_CASE("an exception that leaves on_message closes that channel with 1011 and no other") {
  FakeCarrier one;
  FakeCarrier two;
  World world;
  world.serve([&](Channel& channel) {
    channel.on_message([&](const Message& message) {
      if (message.data() == "throw") throw std::runtime_error("bad message");
      if (message.data() == "throw an int") throw 7;
      channel.send(message);
    });
  });
  Session& first = world.open_on(one, "one");
  Session& second = world.open_on(two, "two");
  first.receive(Message::text("throw"));
  first.receive(Message::text("not heard"));
  second.receive(Message::text("x"));
  world.turn.end();
  CHECK(one.said() == "o c:1011 the service failed");
  CHECK(two.said() == "o m:x");
  second.receive(Message::text("throw an int"));
  world.turn.end();
  CHECK(two.said() == "c:1011 the service failed");
  CHECK(world.faults == Seen{"bad message", "an exception of an unknown type"});
}

TEST_CASE("exceptions that leave on_close and on_writable do no harm") {
  FakeCarrier carrier({{1, Then::wait}});
  World world;
  world.options.outbox_bytes = 1'000;
  Channel* opened = nullptr;
  world.serve([&](Channel& channel) {
    opened = &channel;
    channel.on_writable([] { throw std::runtime_error("writable"); });
    channel.on_close([](const CloseReason&) { throw std::runtime_error("close"); });
  });
  Session& session = world.open_on(carrier);
  opened->send(std::string(600, 'x'));
  opened->send("y");
  session.ready(carrier);
  world.turn.end();
  CHECK(world.faults == Seen{"writable", "close"});
  CHECK(carrier.said().ends_with("m:y c:1011 the service failed"));
}

TEST_CASE("close inside on_message: what was sent before it leaves, what comes after it is not heard") {
  FakeCarrier carrier;
  World world;
  int heard = 0;
  world.serve([&](Channel& channel) {
    channel.on_message([&](const Message&) {
      ++heard;
      CHECK(channel.send("last words"));
      channel.close(3000, "Go away!");
      CHECK_FALSE(channel.is_open());
      CHECK_FALSE(channel.send("never"));
    });
  });
  Session& session = world.open_on(carrier);
  session.receive(Message::text("1"));
  session.receive(Message::text("2"));
  world.turn.end();
  CHECK(heard == 1);
  CHECK(carrier.said() == "o m:last words c:3000 Go away!");
}

TEST_CASE("on_close comes exactly once, whatever ends the channel") {
  struct End {
    const char* name;
    void (*make)(World&, Session&, FakeCarrier&);
    const char* told;
  };
  const End ends[] = {
      {"close", [](World& world, Session&, FakeCarrier&) { world.channel->close(); },
       "c:1000 Normal closure"},
      {"loss", [](World&, Session& session, FakeCarrier& carrier) { session.detach(carrier, Detach::lost); },
       "c:1006 the connection was lost"},
      {"peer",
       [](World&, Session& session, FakeCarrier& carrier) {
         session.closed_by_peer(carrier, {1001, ""});
       },
       "c:1001 "},
      {"away",
       [](World&, Session& session, FakeCarrier& carrier) { session.detach(carrier, Detach::finished); },
       "c:1006 the browser did not come back in time"},
      {"close and loss",
       [](World& world, Session& session, FakeCarrier& carrier) {
         world.channel->close();
         world.turn.end();
         session.detach(carrier, Detach::lost);
       },
       "c:1000 Normal closure"},
      {"all", [](World& world, Session&, FakeCarrier&) { world.sessions->close_all(1001, "away"); },
       "c:1001 away"},
      {"table", [](World& world, Session&, FakeCarrier&) { world.sessions.reset(); },
       "c:1001 the server is going away"},
  };
  for (const End& end : ends) {
    INFO(end.name);
    FakeCarrier carrier;
    World world;
    Session& session = world.open_on(carrier);
    end.make(world, session, carrier);
    world.turn.end();
    world.pass(Millis{60'000});
    CHECK(world.seen() == Seen{end.told});
    if (world.sessions) CHECK(world.sessions->size() == 0);
  }
}

TEST_CASE("an on_close that is set from inside on_close is not called") {
  FakeCarrier carrier;
  int calls = 0;
  World world;
  Channel* opened = nullptr;
  world.serve([&](Channel& channel) {
    opened = &channel;
    channel.on_close([&](const CloseReason&) {
      ++calls;
      channel.on_close([&](const CloseReason&) { ++calls; });
    });
  });
  world.open_on(carrier);
  opened->close();
  world.pass(Millis{6'000});
  CHECK(world.sessions->size() == 0);
  CHECK(calls == 1);
}

TEST_CASE("on_close never comes from inside a call of the application's") {
  FakeCarrier stuck({{1, Then::wait}});
  World world;
  world.options.outbox_bytes = 100;
  world.listen();
  world.open_on(stuck, "");
  while (world.channel->send("xxxxxxxxxx")) {
  }
  world.channel->close();
  CHECK(world.seen().empty());
  world.turn.end();
  CHECK(world.seen().size() == 1);
}

TEST_CASE("in a broadcast a handler may close others and itself") {
  FakeCarrier one;
  FakeCarrier two;
  FakeCarrier three;
  std::set<Channel*> all;
  World world;
  world.serve([&](Channel& channel) {
    all.insert(&channel);
    channel.on_close([&](const CloseReason&) { all.erase(&channel); });
    channel.on_message([&](const Message& message) {
      for (Channel* each : all) {
        each->send(message);
        if (each != &channel || message.data() == "all") each->close(3000, "Go away!");
      }
    });
  });
  Session& first = world.open_on(one, "1");
  world.open_on(two, "2");
  world.open_on(three, "");
  first.receive(Message::text("others"));
  CHECK(all.size() == 3);
  world.turn.end();
  CHECK(one.said() == "o m:others");
  CHECK(two.said() == "o m:others c:3000 Go away!");
  CHECK(three.said() == "o m:others c:3000 Go away!");
  CHECK(all.size() == 1);
  first.receive(Message::text("all"));
  world.turn.end();
  CHECK(one.said() == "m:all c:3000 Go away!");
  CHECK(all.empty());
}

TEST_CASE("on_close may close and send to others: they hear of it in the same turn") {
  FakeCarrier one;
  FakeCarrier two;
  std::set<Channel*> all;
  World world;
  world.serve([&](Channel& channel) {
    all.insert(&channel);
    channel.on_close([&](const CloseReason&) {
      all.erase(&channel);
      CHECK_FALSE(channel.send("to nobody"));
      channel.close();
      for (Channel* each : all) each->send("one has left");
    });
  });
  Session& first = world.open_on(one, "1");
  world.open_on(two, "2");
  first.detach(one, Detach::lost);
  world.turn.end();
  CHECK(two.said() == "o m:one has left");
}

TEST_CASE("a broadcast is encoded once for all that share an encoder, though each has its own outbox") {
  struct Counting final : MessageEncoder {
    void encode(const Message& message, std::string& out) const override {
      ++calls;
      out += message.data();
    }
    mutable int calls = 0;
  };
  struct Encoding final : Carrier {
    explicit Encoding(const Counting& shared) : encoder(shared) {}
    Taken write(std::span<const Frame> frames) override {
      for (const Frame& frame : frames) {
        if (frame.message != nullptr) frame.message->append_encoded(encoder, text);
      }
      return {frames.size(), Then::more};
    }
    void finish(Detach) override {}
    const Counting& encoder;
    std::string text;
  };
  const Counting encoder;
  std::vector<std::unique_ptr<Encoding>> carriers;
  World world;
  std::vector<Channel*> all;
  world.serve([&](Channel& channel) { all.push_back(&channel); });
  for (int index = 0; index < 50; ++index) {
    carriers.push_back(std::make_unique<Encoding>(encoder));
    world.open(std::to_string(index)).attach(*carriers.back());
  }
  world.turn.end();
  {
    const Message message = Message::text("x");
    for (Channel* channel : all) channel->send(message);
  }
  world.turn.end();
  CHECK(encoder.calls == 1);
  for (const auto& carrier : carriers) CHECK(carrier->text == "x");
}
