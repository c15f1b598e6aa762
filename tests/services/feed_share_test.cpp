// One loop's readers of a live feed: passes, slow readers, those who come and go meanwhile.
#include "server/services/feed_share.hpp"

#include "tests/core/fakes.hpp"

using namespace encke;
using namespace encke::test;
using namespace encke::services;

namespace {

FeedBatch batch_of(std::uint64_t first,
                   std::initializer_list<std::pair<FeedSlot, std::string_view>> messages) {
  FeedBatch batch;
  for (const auto& [slot, text] : messages) {
    batch.letters.push_back({first++, slot, text.size()});
    batch.bytes += text;
  }
  return batch;
}

/// A share with readers on fake carriers. A turn at a time.
struct Feed {
  explicit Feed(bool keyed = true, SlowPolicy policy = {}, FeedBounds bounds = {}, bool last_value = true)
      : share(keyed, last_value, policy, bounds) {
    world.options.outbox_bytes = 200;
    world.options.slow_reader = SlowReader::block;
    world.serve([this](Channel& channel) {
      FeedShare::Member& member = share.join(channel);
      channel.on_writable([this, &member] { share.catch_up(member); });
      channel.on_close([this, &member](const CloseReason&) { share.leave(member); });
    });
  }
  Session& open(FakeCarrier& carrier) { return world.open_on(carrier, std::to_string(++opened)); }
  void come(std::initializer_list<std::pair<FeedSlot, std::string_view>> messages) {
    const std::uint64_t first = next;
    next += messages.size();
    if (share.take(batch_of(first, messages), Message::Kind::text)) more = share.go_on();
    world.turn.end();
  }
  void go_on() {
    more = share.go_on();
    world.turn.end();
  }
  LiveFeedCounts counts() {
    LiveFeedCounts counts;
    share.count(counts);
    return counts;
  }

  // First, so that they outlive the sessions.
  FeedShare share;
  World world;
  int opened = 0;
  std::uint64_t next = 1;
  bool more = false;
};

/// Takes so many writes, the last of which fills it; then nothing until it is ready.
std::deque<FakeCarrier::Step> stuck_after(std::size_t writes) {
  std::deque<FakeCarrier::Step> steps(writes);
  steps.back() = {FakeCarrier::kAll, Taken::Then::wait};
  return steps;
}

}  // namespace

TEST_CASE("every reader gets every message, in order") {
  FakeCarrier one;
  FakeCarrier two;
  Feed feed;
  feed.open(one);
  feed.open(two);
  feed.come({{0, "a1"}, {0, "a2"}, {1, "b1"}, {kNoSlot, "x"}});
  feed.come({{0, "a3"}});
  for (FakeCarrier* carrier : {&one, &two}) CHECK(carrier->said() == "o m:a1 m:a2 m:b1 m:x m:a3");
  CHECK(feed.counts() == LiveFeedCounts{.delivered = 10});
}

TEST_CASE("who joins is sent the last of each key, or the last message where there are none") {
  FakeCarrier late;
  FakeCarrier other;
  FakeCarrier third;
  Feed keyed;
  keyed.come({{1, "b1"}, {0, "a1"}, {1, "b2"}, {kNoSlot, "x"}});
  keyed.open(late);
  CHECK(late.said() == "o m:a1 m:b2");
  CHECK(keyed.counts() == LiveFeedCounts{.last_values = 2, .delivered = 2});
  Feed plain(false);
  plain.come({{kNoSlot, "x"}, {kNoSlot, "y"}});
  plain.open(other);
  CHECK(other.said() == "o m:y");
  Feed none(true, {}, {}, false);
  none.come({{0, "a1"}});
  none.open(third);
  CHECK(third.said() == "o");
}

TEST_CASE("a slow reader gets the newest of each key when it has room, and the others get all") {
  FakeCarrier slow(stuck_after(1));
  FakeCarrier well;
  Feed feed;
  Session& reader = feed.open(slow);
  feed.open(well);
  std::string all = "o";
  std::uint64_t count = 0;
  const auto come = [&](FeedSlot slot, const std::string& text) {
    feed.come({{slot, text}});
    all += " m:" + text;
    ++count;
  };
  for (int number = 0; number < 10; ++number) {
    come(0, "a" + std::to_string(number));
    come(1, "b" + std::to_string(number));
  }
  CHECK(well.said() == all);
  CHECK(slow.said() == "o");
  const LiveFeedCounts behind = feed.counts();
  CHECK(behind.closed_slow == 0);
  reader.ready(slow);
  feed.world.turn.end();
  feed.world.turn.end();
  // 200 bytes hold four of them; what waited is sent once those have left.
  CHECK(slow.said() == "m:a0 m:b0 m:a1 m:b1 m:a9 m:b9");
  const LiveFeedCounts after = feed.counts();
  CHECK(after.conflated == count - 6);
  CHECK(after.delivered + after.conflated == 2 * count);
  come(0, "a10");
  CHECK(slow.said() == "m:a10");
}

TEST_CASE("what waits is sent as there is room, and nothing twice") {
  FakeCarrier slow(stuck_after(1));
  Feed feed;
  Session& reader = feed.open(slow);
  for (FeedSlot slot = 0; slot < 20; ++slot) feed.come({{slot, std::to_string(slot)}});
  // Its room is four messages: they leave, and the next four fill it again.
  slow.script.push_back({FakeCarrier::kAll, Taken::Then::wait});
  reader.ready(slow);
  feed.world.turn.end();
  CHECK(slow.said() == "o m:0 m:1 m:2 m:3");
  feed.come({{4, "four"}, {12, "twelve"}});
  CHECK(slow.said() == "");
  for (int round = 0; round < 8; ++round) {
    reader.ready(slow);
    feed.world.turn.end();
  }
  CHECK(slow.said() ==
        "m:4 m:5 m:6 m:7 m:8 m:9 m:10 m:11 m:twelve m:13 m:14 m:15 m:16 m:17 m:18 m:19 m:four");
  CHECK(feed.counts() == LiveFeedCounts{.delivered = 21, .conflated = 1});
}

TEST_CASE("a slow reader that misses a message without a key is closed, or loses the oldest of those") {
  FakeCarrier closed(stuck_after(1));
  Feed closing;
  Session& gone = closing.open(closed);
  for (int number = 0; number < 6; ++number) closing.come({{kNoSlot, "x" + std::to_string(number)}});
  CHECK_FALSE(gone.is_open());
  CHECK(closing.counts() == LiveFeedCounts{.delivered = 4, .closed_slow = 1});

  FakeCarrier slow(stuck_after(1));
  Feed dropping(false, {.closes = false, .most = 3 * (2 + FeedBacklog::kMessageCost)});
  Session& reader = dropping.open(slow);
  for (int number = 0; number < 10; ++number) dropping.come({{kNoSlot, "x" + std::to_string(number)}});
  reader.ready(slow);
  dropping.world.turn.end();
  CHECK(slow.said() == "o m:x0 m:x1 m:x2 m:x3 m:x7 m:x8 m:x9");
  CHECK(dropping.counts() == LiveFeedCounts{.delivered = 7, .dropped_slow = 3});
}

TEST_CASE("readers are served in slices of a turn, and what comes meanwhile waits for the next pass") {
  FakeCarrier late;
  std::vector<std::unique_ptr<FakeCarrier>> carriers;
  carriers.reserve(5);
  for (int number = 0; number < 5; ++number) carriers.push_back(std::make_unique<FakeCarrier>());
  Feed feed(true, {}, {.slice = 2 * FeedShare::kReaderCost});
  for (const auto& carrier : carriers) feed.open(*carrier);
  for (const auto& carrier : carriers) CHECK(carrier->said() == "o");
  feed.come({{0, "a1"}});
  CHECK(feed.more);
  CHECK(carriers[1]->said() == "m:a1");
  CHECK(carriers[2]->said() == "");
  feed.come({{0, "a2"}});
  CHECK(carriers[0]->said() == "m:a1");
  // One that comes between them has had its last value, and one that goes makes no other miss its own.
  Session& joined = feed.open(late);
  CHECK(late.said() == "o m:a1");
  feed.world.sessions->find("3")->detach(*carriers[2], Detach::lost);
  feed.world.turn.end();
  for (int turn = 0; turn < 20 && feed.more; ++turn) feed.go_on();
  CHECK_FALSE(feed.more);
  CHECK(carriers[0]->said() == "m:a2");
  CHECK(carriers[2]->said() == "");
  CHECK(carriers[4]->said() == "m:a1 m:a2");
  CHECK(late.said() == "m:a2");
  CHECK(joined.is_open());
}

TEST_CASE("a slow reader that has room again in the midst of a pass gets nothing twice, and nothing older") {
  FakeCarrier well;
  FakeCarrier slow(stuck_after(1));
  Feed feed(true, {}, {.slice = 1});
  feed.open(well);
  Session& reader = feed.open(slow);
  for (int number = 0; number < 10; ++number) {
    const std::string text = "a" + std::to_string(number);
    feed.come({{0, text}});
    while (feed.more) feed.go_on();
  }
  feed.come({{0, "x"}, {0, "y"}});
  CHECK(feed.more);  // the other one has had its own
  reader.ready(slow);
  feed.world.turn.end();
  feed.world.turn.end();
  while (feed.more) feed.go_on();
  CHECK(slow.said() == "o m:a0 m:a1 m:a2 m:a3 m:y");
  const LiveFeedCounts counts = feed.counts();
  CHECK(counts.delivered + counts.conflated == 2 * 12);
  feed.come({{0, "z"}});
  while (feed.more) feed.go_on();
  CHECK(slow.said() == "m:z");
}

TEST_CASE("where a pass would be too much work all readers get the newest of each key alone") {
  FakeCarrier one;
  FakeCarrier two;
  Feed feed(true, {}, {.pass = 2 * (FeedShare::kReaderCost + 3 * (FeedBatch::kLetterCost + 2))});
  feed.open(one);
  feed.open(two);
  feed.come({{0, "a1"}, {1, "b1"}, {0, "a2"}});
  CHECK(one.said() == "o m:a1 m:b1 m:a2");
  feed.come({{0, "a3"}, {1, "b2"}, {kNoSlot, "x1"}, {0, "a4"}, {kNoSlot, "x2"}, {0, "a5"}});
  for (FakeCarrier* carrier : {&one, &two}) CHECK(carrier->said().ends_with("m:b2 m:x1 m:x2 m:a5"));
  CHECK(feed.counts() == LiveFeedCounts{.delivered = 14, .conflated = 4});
}

TEST_CASE("what waits for a pass is bounded: first by the newest of each key, then the oldest are dropped") {
  FakeCarrier one;
  FakeCarrier two;
  const std::size_t each = FeedBatch::kLetterCost + 2;
  Feed feed(true, {}, {.slice = 1, .waiting = 4 * each});
  feed.open(one);
  feed.open(two);
  feed.come({{0, "a1"}});
  REQUIRE(feed.more);  // the second waits for its turn
  feed.come({{1, "b1"}, {2, "c1"}, {1, "b2"}, {1, "b3"}});
  CHECK(feed.counts().conflated == 0);
  feed.come({{1, "b4"}});
  CHECK(feed.counts().conflated == 6);  // of two readers each
  feed.come({{3, "d1"}, {4, "e1"}, {5, "f1"}});
  CHECK(feed.counts().dropped_behind == 2);
  for (int turn = 0; turn < 20 && feed.more; ++turn) feed.go_on();
  for (FakeCarrier* carrier : {&one, &two}) CHECK(carrier->said() == "o m:a1 m:d1 m:e1 m:f1");
  const LiveFeedCounts counts = feed.counts();
  CHECK(counts.delivered + counts.conflated + counts.dropped_behind * 2 == 9 * 2);
}

TEST_CASE("messages know their numbers, which readers of events are told") {
  Feed feed(false);
  std::string ids;
  struct Reading final : Carrier {
    std::string& ids;
    explicit Reading(std::string& to) : ids(to) {}
    Taken write(std::span<const Frame> frames) override {
      for (const Frame& frame : frames) {
        if (frame.message != nullptr) (ids += frame.message->id()) += ' ';
      }
      return {frames.size(), Taken::Then::more};
    }
    void finish(Detach) override {}
  } carrier(ids);
  Session& session = feed.world.open("1");
  session.attach(carrier);
  feed.come({{kNoSlot, "x"}, {kNoSlot, "y"}});
  CHECK(ids == "1 2 ");
  session.detach(carrier, Detach::lost);
  feed.world.turn.end();
}
