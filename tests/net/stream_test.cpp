// Connections on a loop: what leaves when, and what comes.
#include "tests/net/support.hpp"

#include <atomic>
#include <set>

using namespace encke;
using namespace encke::test;
using Lines = std::vector<std::string>;

namespace {

void echo(ByteStream& stream, Owner& owner) {
  owner.bytes = [&stream](std::string_view bytes) { stream.write(bytes); };
}

}  // namespace

TEST_CASE("bytes come and go") {
  Running running;
  running.open = echo;
  running.start();
  const Peer peer(running);
  for (const char* text : {"a", "bc", "defghi"}) {
    peer.send(text);
    CHECK(peer.take(std::strlen(text)) == text);
  }
  const std::string large = numbers(300'000);
  std::thread writer([&] { peer.send(large); });
  CHECK(peer.take(large.size()) == large);
  writer.join();
}

TEST_CASE("what is written in one turn leaves in one piece") {
  // A pair that keeps the borders of messages shows each send.
  const std::array<int, 2> ends = pair_of(SOCK_SEQPACKET);
  Running running;
  const Peer peer{Peer::Descriptor{ends[1]}};
  running.open = [](ByteStream& stream, Owner& owner) {
    owner.bytes = [&stream](std::string_view bytes) {
      for (const char byte : bytes) stream.write({&byte, 1});
      CHECK(stream.queued() == bytes.size());
      stream.write("!");
    };
  };
  running.start();
  running.on(0, [&] { running.workers.loop(0).adopt(ends[0]); });
  peer.send("hello");
  CHECK(peer.piece() == "hello!");
  peer.send("again");
  CHECK(peer.piece() == "again!");
}

TEST_CASE("a turn's writes to several streams leave each in order") {
  std::vector<ByteStream*> streams;
  Running running;
  running.open = [&](ByteStream& stream, Owner& owner) {
    streams.push_back(&stream);
    owner.bytes = [&](std::string_view bytes) {
      if (bytes != "go") return;
      for (int round = 0; round < 1000; ++round) {
        for (ByteStream* each : streams) each->write(std::to_string(round) + ",");
      }
    };
    stream.write("in");
  };
  running.start();
  const Peer one(running);
  const Peer two(running);
  for (const Peer* peer : {&one, &two}) {
    peer->send("x");
    REQUIRE(peer->take(2) == "in");
  }
  one.send("go");
  const std::string expected = numbers(3890);
  CHECK(one.take(3890) == expected);
  CHECK(two.take(3890) == expected);
}

TEST_CASE("a peer that reads slowly gets everything; the owner hears when it has left") {
  Log log;
  const std::string content = numbers(4'000'000);
  Running running;
  running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view) {
      for (std::size_t at = 0; at < content.size(); at += 10'000) {
        stream.write(std::string_view(content).substr(at, 10'000));
      }
      log.add(stream.queued() > 0 ? "queued" : "not queued");
    };
    owner.drained = [&] { log.add("drained " + std::to_string(stream.queued())); };
  };
  running.start();
  const Peer peer(running, 4096);
  peer.send("x");
  CHECK(log.wait(1) == Lines{"queued"});
  std::string received;
  while (received.size() < content.size()) received += peer.take(50'000);
  CHECK(received == content);
  CHECK(log.wait(2) == Lines{"queued", "drained 0"});
}

TEST_CASE("a paused stream is not read until it is resumed") {
  Log log;
  ByteStream* paused = nullptr;
  Running running;
  running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view bytes) {
      log.add(std::string(bytes));
      if (bytes != "pause") return;
      paused = &stream;
      stream.pause();
      stream.write("paused");
    };
  };
  running.start();
  const Peer peer(running);
  peer.send("pause");
  REQUIRE(peer.take(6) == "paused");
  peer.send("kept");
  const Peer other(running);
  other.send("other");
  CHECK(log.wait(2) == Lines{"pause", "other"});
  running.on(0, [&] { paused->resume(); });
  CHECK(log.wait(3) == Lines{"pause", "other", "kept"});
}

TEST_CASE("a deadline is told, and not before its time") {
  Log log;
  std::chrono::steady_clock::time_point set;
  Running running;
  running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view) {
      set = std::chrono::steady_clock::now();
      stream.set_deadline(Millis{120});
    };
    owner.deadline = [&] {
      const auto waited = std::chrono::steady_clock::now() - set;
      // The loop's clock was read when the turn before this one ended.
      log.add(waited >= Millis{60} ? "in time" : "early");
      stream.close();
    };
  };
  running.start();
  const Peer peer(running);
  peer.send("x");
  CHECK(peer.take_all() == "");
  CHECK(log.wait(1) == Lines{"in time"});
}

TEST_CASE("the peer's address is numeric, without its port") {
  Running running;
  running.open = [](ByteStream& stream, Owner& owner) {
    owner.bytes = [&stream](std::string_view) { stream.write(stream.remote_address()); };
    CHECK_FALSE(stream.secure());
  };
  running.start();
  const Peer peer(running);
  peer.send("x");
  CHECK(peer.take(9) == "127.0.0.1");
}

TEST_CASE("a new owner takes over, the old one goes at the end of the turn") {
  Log log;
  Running running;
  running.open = [&](ByteStream& stream, Owner& owner) {
    owner.gone = [&] { log.add("first gone"); };
    owner.bytes = [&](std::string_view) {
      auto next = std::make_unique<Owner>();
      echo(stream, *next);
      next->gone = [&] { log.add("second gone"); };
      stream.set_owner(std::move(next));
      log.add("replaced");
    };
  };
  running.start();
  Peer peer(running);
  peer.send("x");
  CHECK(log.wait(2) == Lines{"replaced", "first gone"});
  peer.send("echoed");
  CHECK(peer.take(6) == "echoed");
  peer.close();
  CHECK(log.wait(3).back() == "second gone");
}

TEST_CASE("a connection moves to another loop with what was read and what was not sent yet") {
  Log log;
  const std::string content = numbers(2'000'000);
  std::atomic<int> owners{0};
  Running running(2);
  running.open = [&](ByteStream& stream, Owner& owner) {
    const unsigned worker = stream.loop().worker;
    owner.bytes = [&, worker](std::string_view bytes) {
      log.add(std::to_string(worker) + ":" + std::string(bytes));
      if (bytes != "move") return;
      stream.write(content);
      stream.hand_over(1 - worker, "unread");
      stream.write("never");
    };
    owner.lost = [&] { log.add("lost"); };
    owner.gone = [&, worker] { log.add(std::to_string(worker) + " gone"); };
    if (++owners == 2) stream.write("and more");
  };
  running.start();
  Peer peer(running, 4096);
  peer.send("move");
  const Lines moved = log.wait(3);
  REQUIRE(moved.size() == 3);
  const std::string from = moved[0].substr(0, 1);
  const std::string to = from == "0" ? "1" : "0";
  CHECK(moved[0] == from + ":move");
  // Two threads tell these.
  CHECK(std::set(moved.begin() + 1, moved.end()) == std::set{from + " gone", to + ":unread"});
  CHECK(peer.take(content.size() + 8) == content + "and more");
  peer.send("here");
  CHECK(log.wait(4).back() == to + ":here");
  peer.close();
  const Lines all = log.wait(6);
  CHECK(all[4] == "lost");
  CHECK(all[5] == to + " gone");
}

TEST_CASE("where little is to wait unsent in the system more of it waits here") {
  std::array<std::size_t, 2> queued{};
  Running running;
  bool limits = false;
  running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view) {
      if (limits) stream.limit_unsent(1000);
      for (int count = 0; count < 64; ++count) stream.write(std::string(64 * 1024, 'x'));
      running.workers.post(0, [&] { queued[limits ? 1 : 0] = stream.queued(); });
    };
  };
  running.start();
  for (const bool limited : {false, true}) {
    running.on(0, [&] { limits = limited; });
    const Peer peer(running, 4096);
    peer.send("go");
    const auto late = std::chrono::steady_clock::now() + kWatchdog;
    for (std::size_t seen = 0; seen == 0;) {
      REQUIRE(std::chrono::steady_clock::now() < late);
      running.on(0, [&] { seen = queued[limited ? 1 : 0]; });
    }
  }
  CHECK(queued[1] > queued[0]);
  CHECK(queued[1] > std::size_t{3} << 20);  // of 4 MiB
}
