// How a resumable session begins: what its page sends may overtake its first carrier.
#include "tests/core/fakes.hpp"

using namespace encke;
using namespace encke::test;

namespace {

/// A session that was reserved, and that the service has not heard of.
struct Reserved : World {
  Reserved() {
    sessions = std::make_unique<Sessions>(
        loop, "/test", options,
        [this](Channel& opened) {
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

}  // namespace
