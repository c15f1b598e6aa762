// Broadcast, on one loop and across loops.
#include "server/services/broadcast.hpp"

#include "tests/core/fakes.hpp"
#include "tests/net/support.hpp"

using namespace encke;
using namespace encke::test;

namespace {

/// One loop's sessions of a service, made and let go on that loop.
struct Shard {
  Shard(const LoopContext& loop, const Service& service)
      : sessions(loop, "/broadcast", {}, service), session(sessions.open("id", {})) {
    session.attach(carrier);
  }
  FakeCarrier carrier;
  Sessions sessions;
  Session& session;
};

}  // namespace

TEST_CASE("every channel gets every message, its sender too") {
  FakeCarrier one;
  FakeCarrier two;
  FakeCarrier three;
  const net::Sniffer sniffer;
  net::Workers workers(4, sniffer);
  World world;
  world.serve(services::broadcast(workers));
  Session& first = world.open_on(one, "1");
  Session& second = world.open_on(two, "2");
  world.open_on(three, "3");
  for (FakeCarrier* carrier : {&one, &two, &three}) CHECK(carrier->said() == "o");
  first.receive(Message::text("a"));
  second.receive(Message::text("b"));
  world.turn.end();
  for (FakeCarrier* carrier : {&one, &two, &three}) CHECK(carrier->said() == "m:a m:b");

  // One that has left gets no more.
  second.detach(two, Detach::lost);
  world.turn.end();
  first.receive(Message::text("c"));
  world.turn.end();
  CHECK(one.said() == "m:c");
  CHECK(two.said() == "");
  CHECK(three.said() == "m:c");
}

TEST_CASE("a reader that falls behind leaves, and the others go on") {
  FakeCarrier stuck(std::deque<FakeCarrier::Step>{{1, Taken::Then::wait}});
  FakeCarrier well;
  const net::Sniffer sniffer;
  net::Workers workers(4, sniffer);
  World world;
  world.options.outbox_bytes = 1000;
  world.serve(services::broadcast(workers));
  world.open_on(stuck, "1");
  Session& sender = world.open_on(well, "2");
  for (int count = 0; count < 10; ++count) {
    sender.receive(Message::text(std::string(300, 'x')));
    world.turn.end();
  }
  CHECK(stuck.finished_as(Detach::lost));
  CHECK(well.said().size() > 3000);
}

TEST_CASE("messages reach the channels of every loop, each sender's in order") {
  constexpr unsigned kWorkers = 3;
  constexpr int kMessages = 200;
  Running running(kWorkers);
  const Service service = services::broadcast(running.workers);
  running.start();
  std::vector<std::unique_ptr<Shard>> shards(kWorkers);
  for (unsigned worker = 0; worker < kWorkers; ++worker) {
    running.on(worker, [&] {
      shards[worker] = std::make_unique<Shard>(running.workers.loop(worker).context(), service);
    });
  }
  for (unsigned worker = 0; worker < kWorkers; ++worker) {
    running.workers.post(worker, [&shards, worker] {
      for (int count = 0; count < kMessages; ++count) {
        shards[worker]->session.receive(Message::text(std::to_string(worker) + "." + std::to_string(count)));
      }
    });
  }
  // Once around: what was posted before has been posted on; twice: it has arrived; then the turn has ended.
  for (int round = 0; round < 3; ++round) {
    for (unsigned worker = 0; worker < kWorkers; ++worker) running.on(worker, [] {});
  }
  for (unsigned worker = 0; worker < kWorkers; ++worker) {
    std::string text;
    running.on(worker, [&] {
      text = shards[worker]->carrier.said();
      shards[worker].reset();
    });
    for (unsigned sender = 0; sender < kWorkers; ++sender) {
      std::size_t at = 0;
      for (int count = 0; count < kMessages; ++count) {
        const std::size_t next = text.find(" m:" + std::to_string(sender) + "." + std::to_string(count), at);
        if (next == std::string::npos) {
          FAIL_CHECK("loop ", worker, " misses message ", count, " of ", sender);
          break;
        }
        at = next + 1;
      }
    }
  }
}

TEST_CASE("who publishes more than another loop delivers is closed, so that little is on its way") {
  FakeCarrier carrier;
  const net::Sniffer sniffer;
  net::Workers workers(4, sniffer);  // the others do not run
  World world;
  world.serve(services::broadcast(workers));
  Session& sender = world.open_on(carrier, "1");
  std::size_t sent = 0;
  for (; sender.is_open() && sent < 100; ++sent) {
    sender.receive(Message::text(std::string(1'000'000, 'x')));
    world.turn.end();
  }
  CHECK(sent == 17);  // of 16 MiB
  CHECK(carrier.said().ends_with("c:1008 the service is sent more than it can deliver"));
}

TEST_CASE(
    "with slow_reader block nobody publishes while a reader is full, and nothing is lost (PROTOCOL 6.8)") {
  FakeCarrier slow(std::deque<FakeCarrier::Step>{{1, Taken::Then::wait}});
  FakeCarrier well;
  Running running(1);
  const Service service = services::broadcast(running.workers, SlowReader::block);
  std::unique_ptr<Sessions> sessions;
  Session* reader = nullptr;
  Session* sender = nullptr;
  std::string expected = "o";
  running.start();
  running.on(0, [&] {
    ServiceOptions options;
    options.outbox_bytes = 1000;
    options.slow_reader = SlowReader::block;
    sessions = std::make_unique<Sessions>(running.workers.loop(0).context(), "/broadcast", options, service);
    (reader = &sessions->open("1", {}))->attach(slow);
    (sender = &sessions->open("2", {}))->attach(well);
  });
  for (int count = 0; count < 10; ++count) {
    const std::string text(200, static_cast<char>('a' + count));
    expected += " m:" + text;
    running.on(0, [&] { sender->receive(Message::text(text)); });
  }
  std::string early;
  running.on(0, [&] {
    CHECK(sender->holds());
    early = well.said();
    CHECK(early.size() < expected.size());
    reader->ready(slow);  // from now on it takes all
  });
  for (int round = 0; round < 20; ++round) running.on(0, [] {});
  running.on(0, [&] {
    CHECK_FALSE(sender->holds());
    CHECK(slow.said() == expected);
    CHECK(early + " " + well.said() == expected);
    CHECK(sessions->counts().slow_closed == 0);
    sessions.reset();
  });
}
