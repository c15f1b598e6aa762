// Several things in one turn of a loop, and the end of a loop.
#include "tests/net/support.hpp"

using namespace encke;
using namespace encke::test;
using Lines = std::vector<std::string>;

namespace {

/// Two streams of one loop, and what the first does in the turn in which the second is lost.
class SameTurn {
 public:
  explicit SameTurn(std::function<void(ByteStream& second)> act) {
    running.open = [this, act = std::move(act)](ByteStream& stream, Owner& owner) {
      owner.bytes = [this, &stream, act](std::string_view bytes) {
        if (bytes == "first") {
          stream.write("in");
        } else if (bytes == "second") {
          second_ = &stream;
          stream.write("in");
        } else {
          act(*second_);
        }
      };
      owner.lost = [this] { log.add("lost"); };
      owner.deadline = [this] { log.add("deadline"); };
      owner.gone = [this] { log.add("gone"); };
    };
    running.start();
    first_.connect(running.port());
    peer_.connect(running.port());
    first_.send("first");
    peer_.send("second");
    REQUIRE(first_.take(2) == "in");
    REQUIRE(peer_.take(2) == "in");
  }

  /// While the loop is held, the first peer writes and the second goes, so that the loop finds both at once.
  void go() {
    const auto held = std::make_shared<std::promise<void>>();
    const auto release = std::make_shared<std::promise<void>>();
    running.workers.post(0, [held, release] {
      held->set_value();
      release->get_future().wait_for(kWatchdog);
    });
    REQUIRE(held->get_future().wait_for(kWatchdog) == std::future_status::ready);
    first_.send("act");
    peer_.close();
    release->set_value();
  }

  Log log;
  Running running;

 private:
  Peer first_;
  Peer peer_;
  ByteStream* second_ = nullptr;
};

}  // namespace

TEST_CASE("a stream that is written to and lost in one turn") {
  SameTurn turn([](ByteStream& second) { second.write("too late"); });
  turn.go();
  CHECK(turn.log.wait(2) == Lines{"lost", "gone"});
}

TEST_CASE("a stream whose time is up in the turn in which it is lost is lost, once") {
  SameTurn turn([](ByteStream& second) {
    second.set_deadline(Millis{1});
    ::poll(nullptr, 0, 150);
  });
  turn.go();
  CHECK(turn.log.wait(2) == Lines{"lost", "gone"});
}

TEST_CASE("a stop ends idle connections, and sends what is queued") {
  Log log;
  const std::string content = numbers(2'000'000);
  Running running;
  running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view bytes) {
      if (bytes == "fill") {
        stream.write(content);
      } else {
        stream.write(bytes);
      }
    };
    owner.lost = [&] { log.add("lost"); };
  };
  running.start();
  const Peer idle(running);
  idle.send("hello");
  REQUIRE(idle.take(5) == "hello");
  const Peer busy(running, 4096);
  busy.send("fill");
  REQUIRE(busy.take(1) == "0");
  std::thread reader([&] { CHECK(busy.take_all() == content.substr(1)); });
  running.stop();
  reader.join();
  CHECK(idle.take_all() == "");
}

TEST_CASE("a stop refuses new connections and calls what closes the sessions, on the loop") {
  Log log;
  Running running(2);
  for (unsigned worker = 0; worker < 2; ++worker) {
    running.workers.loop(worker).on_stop([&log] { log.add("stop"); });
  }
  running.start();
  running.stop();
  CHECK(log.lines() == Lines{"stop", "stop"});
}

TEST_CASE("a stop does not wait for ever for a peer that reads nothing") {
  Log log;
  Running running;
  running.workers.loop(0).set_drain_time(Millis{300});
  running.open = [&](ByteStream& stream, Owner& owner) {
    stream.clear_deadline();
    owner.bytes = [&](std::string_view) {
      stream.write(std::string(8'000'000, 'x'));
      log.add("written");
    };
    owner.lost = [&] { log.add("lost"); };
  };
  running.start();
  const Peer deaf(running, 4096);
  deaf.send("x");
  log.wait(1);
  const auto began = std::chrono::steady_clock::now();
  running.stop();
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds{8});
  CHECK(log.lines() == Lines{"written", "lost"});
}

TEST_CASE("a connection on its way to another loop when both stop is closed, not leaked") {
  const Peer peer;
  {
    Running running(2);
    running.open = [&](ByteStream& stream, Owner& owner) {
      owner.bytes = [&](std::string_view) {
        running.workers.stop();
        stream.hand_over(1 - stream.loop().worker, "x");
      };
    };
    running.start();
    peer.connect(running.port());
    peer.send("x");
    running.stop();
  }
  const std::string end = peer.piece();
  CHECK((end.empty() || end == "reset"));
}

TEST_CASE("a deadline counts from when it is set, however long the loop has slept") {
  static constexpr std::chrono::milliseconds kDelay{300};
  Log log;
  Running running;
  running.open = [&log](ByteStream& stream, Owner& owner) {
    auto since = std::make_shared<std::chrono::steady_clock::time_point>();
    owner.bytes = [&stream, since](std::string_view bytes) {
      stream.clear_deadline();
      if (bytes == "set") {
        *since = std::chrono::steady_clock::now();
        stream.set_deadline(kDelay);
      }
      stream.write("in");
    };
    owner.deadline = [&stream, &log, since] {
      log.add(std::chrono::steady_clock::now() - *since >= kDelay ? "in time" : "early");
      stream.close();
    };
  };
  running.start();
  const Peer peer(running);
  peer.send("wait");
  REQUIRE(peer.take(2) == "in");
  ::poll(nullptr, 0, 400);  // the loop has nothing to do meanwhile
  peer.send("set");
  REQUIRE(peer.take(2) == "in");
  CHECK(log.wait(1) == Lines{"in time"});
}

namespace {

/// What a stream's owner is told when its peer has reset the connection behind one request, and it does `act`
/// at that.
Lines told_to_who_does(const std::function<void(ByteStream&)>& act) {
  Log log;
  Running running;
  running.open = [&log, &act](ByteStream& stream, Owner& owner) {
    owner.bytes = [&stream, &act](std::string_view) { act(stream); };
    owner.lost = [&log] { log.add("lost"); };
    owner.deadline = [&log] { log.add("deadline"); };
    owner.gone = [&log] { log.add("gone"); };
  };
  running.start();
  const auto held = std::make_shared<std::promise<void>>();
  const auto release = std::make_shared<std::promise<void>>();
  running.workers.post(0, [held, release] {
    held->set_value();
    release->get_future().wait_for(kWatchdog);
  });
  REQUIRE(held->get_future().wait_for(kWatchdog) == std::future_status::ready);
  Peer peer(running);
  peer.send("request");
  peer.reset();
  release->set_value();
  for (std::vector<std::string> lines = log.wait(1); lines.back() != "gone";)
    lines = log.wait(lines.size() + 1);
  return log.lines();
}

const std::string kMuch(1'000'000, 'x');  // leaves at once, and so finds that the peer is gone

}  // namespace

TEST_CASE("a stream that turns out to be lost does not move to another loop") {
  CHECK(told_to_who_does([](ByteStream& stream) {
          stream.write(kMuch);
          stream.hand_over(0, "unread");
        }) == Lines{"lost", "gone"});
}

TEST_CASE("who has closed a stream is not told that it was lost, whenever that shows") {
  const auto close = [](ByteStream& stream) { stream.close(); };
  const auto leave = [](ByteStream& stream) { stream.leave(); };
  for (const std::function<void(ByteStream&)>& end :
       std::vector<std::function<void(ByteStream&)>>{close, leave}) {
    for (const std::string& last : {std::string("a last word"), kMuch}) {
      CHECK(told_to_who_does([&](ByteStream& stream) {
              stream.write(last);
              end(stream);
            }) == Lines{"gone"});
    }
  }
}

TEST_CASE("a deadline that is set behind the loss of a stream does not take the place of its being told") {
  CHECK(told_to_who_does([](ByteStream& stream) {
          stream.write(kMuch);
          stream.set_deadline(Millis{1});
          ::poll(nullptr, 0, 150);
        }) == Lines{"lost", "gone"});
}
