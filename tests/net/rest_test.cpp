// Streams that rest in a loop that runs: what the others have of it meanwhile, and who may stop them.
#include "server/net/heavy.hpp"
#include "tests/net/support.hpp"

#include <atomic>

using namespace encke;
using namespace encke::net;
using namespace encke::test;
using namespace std::chrono_literals;

namespace {

/// Takes so long, on any machine.
void burn(std::chrono::nanoseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until) {
  }
}

constexpr std::chrono::nanoseconds kMuch = 10 * Heavy::kSlice;
constexpr int kTurns = 100;

/// Others that have something to do in each turn of a loop, for kTurns turns.
class Busy {
 public:
  Busy(Running& running, unsigned worker) : running_(running), worker_(worker) { step(kTurns); }
  void wait() { REQUIRE(done_.get_future().wait_for(kWatchdog) == std::future_status::ready); }

 private:
  void step(int left) {
    if (left == 0) return done_.set_value();
    running_.workers.post(worker_, [this, left] {
      burn(kMuch / 20);
      step(left - 1);
    });
  }

  Running& running_;
  const unsigned worker_;
  std::promise<void> done_;
};

}  // namespace

TEST_CASE("a stream that floods rests: others who are busy have four fifths of the loop, and all is read") {
  std::atomic<int> reads{0};
  std::string got;
  Running running;
  running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view bytes) {
      got += bytes;
      ++reads;
      burn(kMuch);
      if (bytes.ends_with("end")) stream.write("read");
    };
  };
  running.start();
  const Peer flood(running);
  const std::string sent = numbers(100'000) + "end";
  flood.send(sent);
  while (reads == 0) std::this_thread::yield();
  const int before = reads;
  Busy busy(running, 0);
  busy.wait();
  CHECK(reads - before < kTurns / 3);  // kTurns without
  CHECK(flood.take(4) == "read");
  running.on(0, [&] { CHECK(got == sent); });
}

TEST_CASE("one that is paused while it rests is not read until it is resumed, and then as one that rests") {
  Log log;
  ByteStream* resting = nullptr;
  Running running;
  running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&](std::string_view bytes) {
      burn(kMuch);
      log.add(bytes.ends_with("end") ? "end" : "bytes");
      if (std::exchange(resting, &stream) != nullptr) return;
      running.workers.post(0, [&] {  // handled before the loop is idle
        resting->pause();
        log.add("paused");
      });
    };
  };
  running.start();
  const Peer peer(running);
  {
    const Hold hold(running);
    peer.send(numbers(40'000) + "end");
  }
  CHECK(log.wait(2) == std::vector<std::string>{"bytes", "paused"});
  Busy busy(running, 0);
  busy.wait();
  CHECK(log.lines().size() == 2);
  running.on(0, [&] {
    resting->resume();
    resting->pause();
    resting->resume();
  });
  while (log.lines().back() != "end") std::this_thread::yield();
}

TEST_CASE("what a stream brings along from another loop weighs there as if it had been read there") {
  std::atomic<int> arrivals{0};
  std::atomic<bool> is_over{false};
  Running running(2);
  running.open = [&](ByteStream& stream, Owner& owner) {
    owner.bytes = [&, at = stream.loop().worker, fresh = true](std::string_view bytes) mutable {
      if (is_over) return;
      if (!std::exchange(fresh, false)) return stream.hand_over(1 - at, std::string(bytes));
      if (at == 0) return;
      ++arrivals;
      stream.loop().turn.ask(bytes.size());
      burn(kMuch);
    };
  };
  running.start();
  const Peer flood(running);
  std::thread flooding([&] {
    const std::string sent = numbers(4'000);
    while (!is_over && flood.try_send(sent)) {
    }
  });
  while (arrivals == 0) std::this_thread::yield();
  const int before = arrivals;
  Busy busy(running, 1);
  busy.wait();
  is_over = true;
  CHECK(arrivals - before < kTurns / 10);  // 14 to 33 without
  flooding.join();
}

TEST_CASE("a deadline that passes while bytes wait to be read is put off until they are") {
  Log log;
  Running running;
  running.open = [&log](ByteStream& stream, Owner& owner) {
    owner.bytes = [&log, &stream](std::string_view bytes) {
      if (bytes.ends_with("end")) {
        stream.clear_deadline();
        log.add("end");
        return;
      }
      log.add("bytes");
      stream.set_deadline(Millis{10});
      burn(40ms);  // it rests for as long, at least
    };
    owner.deadline = [&log] { log.add("deadline"); };
  };
  running.start();
  const Peer peer(running);
  {
    const Hold hold(running);
    peer.send(numbers((1 << Heavy::kUsualPortion) + 400) + "end");
  }
  CHECK(log.wait(2) == std::vector<std::string>{"bytes", "end"});
}

TEST_CASE("one that ends, or is reset, while it rests is forgotten") {
  Log log;
  Running running;
  running.open = [&log](ByteStream&, Owner& owner) {
    owner.bytes = [](std::string_view) { burn(kMuch); };
    owner.lost = [&log] { log.add("lost"); };
  };
  running.start();
  Peer ended(running);
  ended.send(numbers(20'000));
  ended.close();
  Peer reset(running);
  reset.send(numbers(20'000));
  reset.reset();
  log.wait(2);
  running.on(0, [] {});
}
