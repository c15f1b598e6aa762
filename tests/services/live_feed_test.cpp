// A live feed on several loops, fed by programs.
#include "tests/services/feed_world.hpp"

using namespace encke;
using namespace encke::test;

TEST_CASE("what is published reaches the readers of every loop, each publisher's in order") {
  Feeding feeding({});
  constexpr int kThreads = 3;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  constexpr int kMessages = 300;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&feed = *feeding.feed, thread] {
      for (int count = 0; count < kMessages; ++count) {
        CHECK(feed.publish(std::to_string(thread) + "." + std::to_string(count)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(feeding.feed->publish("end"));
  for (const std::string& said : feeding.until("m:end")) {
    for (int thread = 0; thread < kThreads; ++thread) {
      std::size_t at = 0;
      for (int count = 0; count < kMessages && at != std::string::npos; ++count) {
        at = (said + " ").find(" m:" + std::to_string(thread) + "." + std::to_string(count) + " ", at);
        CHECK_MESSAGE(at != std::string::npos, "message ", count, " of ", thread);
      }
    }
  }
  const LiveFeedCounts counts = feeding.feed->counts();
  CHECK(counts.received == kThreads * kMessages + 1);
  CHECK(counts.delivered == 3 * counts.received);
}

TEST_CASE("messages that are too long, or no text where they should be, are counted and go nowhere") {
  {
    Feeding feeding({}, 2, 5);
    for (const char* text : {"12345", "123456", "\xff", "", "end"}) CHECK(feeding.feed->publish(text));
    for (const std::string& said : feeding.until("m:end")) CHECK(said == "o m:12345 m: m:end");
    const LiveFeedCounts counts = feeding.feed->counts();
    CHECK(counts == LiveFeedCounts{.received = 3, .dropped_large = 1, .dropped_invalid = 1, .delivered = 6});
  }
  Feeding binary({.kind = Message::Kind::binary}, 1);
  CHECK(binary.feed->publish("\xff"));
  CHECK(binary.until("\xff") == std::vector<std::string>{"o m:\xff"});
}

TEST_CASE("keys beyond the most are forgotten, and that is counted") {
  Feeding feeding({.key = FeedKey::before(","), .most_keys = 2}, 2);
  for (const char* text : {"a,1", "b,1", "a,2", "c,1", "no key"}) CHECK(feeding.feed->publish(text));
  feeding.until("m:no key");
  CHECK(feeding.feed->counts().keys_forgotten == 1);
  FeedReader* late = nullptr;
  std::string said;
  feeding.running.on(1, [&] {
    late = new FeedReader(feeding.running.workers.loop(1).context(), feeding.feed->service());
    feeding.running.workers.loop(1).context().turn.end();
    said = late->carrier.said();
    delete late;
  });
  CHECK(said == "o m:a,2 m:c,1");
}

TEST_CASE("what would be a key of more than 256 bytes is none") {
  Feeding feeding({.key = FeedKey::before(","), .most_keys = 1}, 1);
  for (const std::size_t size : {256u, 257u, 300u}) {
    CHECK(feeding.feed->publish(std::string(size, 'k') + "," + std::to_string(size)));
  }
  CHECK(feeding.feed->publish("end"));
  feeding.until("m:end");
  CHECK(feeding.feed->counts().keys_forgotten == 0);
  CHECK(feeding.feed->publish("other,end"));
  feeding.until("m:other,end");
  CHECK(feeding.feed->counts().keys_forgotten == 1);
}

TEST_CASE("who publishes more than the loop looks at is told so, and a feed that has ended takes nothing") {
  Running running(1);  // does not run yet
  const auto feed =
      std::make_shared<LiveFeed>(running.workers, LiveFeedOptions{}, 2'000'000, SlowPolicy{}, nullptr);
  int taken = 0;
  while (taken < 100 && feed->publish(std::string(1'000'000, 'x'))) ++taken;
  CHECK(taken == 16);  // of 16 MiB
  running.start();
  for (int turn = 0; turn < 100 && feed->counts().received < 16; ++turn) running.on(0, [] {});
  CHECK(feed->counts().received == 16);
  CHECK(feed->publish("again"));
  running.on(0, [&] { feed->stop(); });
  CHECK_FALSE(feed->publish("too late"));
}

TEST_CASE(
    "what is published while the loop is at something else goes on together: of a key too many times over "
    "the newest") {
  constexpr int kReaders = 100;
  constexpr int kMessages = 4000;
  const std::string rest(1000, 'x');
  Running running(1);
  const auto feed = std::make_shared<LiveFeed>(running.workers, LiveFeedOptions{.key = FeedKey::before(",")},
                                               2000, SlowPolicy{}, nullptr);
  for (int count = 1; count <= kMessages; ++count) {
    REQUIRE(feed->publish("key," + std::to_string(count) + rest));
  }
  REQUIRE(feed->publish("end"));
  std::vector<std::unique_ptr<FeedReader>> readers;
  readers.reserve(kReaders);
  for (int count = 0; count < kReaders; ++count) {
    readers.push_back(std::make_unique<FeedReader>(running.workers.loop(0).context(), feed->service()));
  }
  running.start();
  std::string said;
  while (!said.ends_with(" m:end")) running.on(0, [&] { said += readers.back()->carrier.said(); });
  const LiveFeedCounts counts = feed->counts();
  CHECK(counts.received == kMessages + 1);
  CHECK(counts.delivered + counts.conflated == kReaders * (kMessages + 1));
  CHECK(counts.delivered < kReaders * kMessages / 10);
  CHECK(said.find(" m:key," + std::to_string(kMessages) + "x") != std::string::npos);
  running.on(0, [&] { readers.clear(); });
}
