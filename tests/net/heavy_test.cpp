// Streams whose bytes cost the loop much: who is read when.
#include "tests/net/support.hpp"

#include "server/net/heavy.hpp"

using namespace encke;
using namespace encke::net;
using namespace encke::test;
using namespace std::chrono_literals;

namespace {

/// Stands for a stream; Heavy never looks into one.
Stream& stream(int& place) { return reinterpret_cast<Stream&>(place); }

}  // namespace

TEST_CASE(
    "those that rest are read one at a time, in their order, each once the others have had four times its "
    "cost") {
  int a = 0;
  int b = 0;
  Heavy heavy;
  CHECK(heavy.take(true, 0ns) == nullptr);
  heavy.add(stream(a), 0ns);
  heavy.add(stream(b), 0ns);
  CHECK(heavy.take(false, 0ns) == &stream(a));
  heavy.took(1ms, false);
  CHECK(heavy.take(false, 0ns) == nullptr);
  heavy.others_took(3999us);
  CHECK(heavy.take(false, 0ns) == nullptr);
  heavy.others_took(1us);
  CHECK(heavy.take(false, 0ns) == &stream(b));
  CHECK(heavy.take(true, 0ns) == nullptr);
  CHECK(heavy.empty());
}

TEST_CASE("nothing is waited for where the others have nothing to do") {
  int a = 0;
  Heavy heavy;
  heavy.add(stream(a), 0ns);
  heavy.took(500us, false);
  CHECK(heavy.wait() == 0ns);
  CHECK(heavy.take(false, 0ns) == nullptr);
  CHECK(heavy.take(true, 0ns) == &stream(a));
}

TEST_CASE("after work that could not be cut, others have as long a pause to come in") {
  int a = 0;
  Heavy heavy;
  heavy.add(stream(a), 0ns);
  heavy.took(50ms, false);
  CHECK(heavy.take(true, 0ns) == nullptr);
  CHECK(heavy.wait() == 50ms);
  heavy.slept(49500us);
  CHECK(heavy.wait() == 0ns);
  CHECK(heavy.take(true, 0ns) == &stream(a));
}

TEST_CASE("what cost much in a turn of the others does not count as theirs") {
  int a = 0;
  Heavy heavy;
  heavy.add(stream(a), 0ns);
  heavy.took(1ms, true);
  heavy.others_took(2ms);  // that turn, of which half was the others'
  CHECK(heavy.take(false, 0ns) == nullptr);
  heavy.others_took(3ms);
  CHECK(heavy.take(false, 0ns) == &stream(a));
}

TEST_CASE("a quiet time is no credit for a flood that follows") {
  int a = 0;
  Heavy heavy;
  heavy.slept(3600s);
  heavy.add(stream(a), 0ns);
  heavy.took(1ms, false);
  CHECK(heavy.take(false, 0ns) == nullptr);
}

TEST_CASE("however much is owed to the others, one that rests is read before long") {
  int a = 0;
  int b = 0;
  Heavy heavy;
  heavy.add(stream(a), 5s);
  heavy.add(stream(b), 6s);
  for (int read = 0; read < 1000; ++read) heavy.took(50ms, true);
  CHECK(heavy.wait() <= Heavy::kMostOwed / Heavy::kOthers);
  CHECK(heavy.take(false, 5s + Heavy::kLongest - 1ns) == nullptr);
  CHECK(heavy.take(false, 5s + Heavy::kLongest) == &stream(a));
  heavy.took(1s, false);
  CHECK(heavy.take(true, 5s + Heavy::kLongest * 2 - 1ns) == nullptr);
  CHECK(heavy.take(true, 5s + Heavy::kLongest * 2) == &stream(b));
}

TEST_CASE("no more is owed than some turns make good, whatever work cost that could not be cut") {
  int a = 0;
  Heavy heavy;
  heavy.add(stream(a), 0ns);
  heavy.took(1h, false);
  heavy.others_took(Heavy::kMostOwed);
  CHECK(heavy.take(false, 0ns) == &stream(a));
}

TEST_CASE("who sends little after much is soon as others are") {
  std::uint8_t portion = Heavy::kLeastPortion;
  for (int read = 0; read < Heavy::kUsualPortion - Heavy::kLeastPortion; ++read) {
    REQUIRE(portion != Heavy::kUsualPortion);
    portion = Heavy::towards_usual(portion);
  }
  CHECK(portion == Heavy::kUsualPortion);
  CHECK(Heavy::towards_usual(portion) == portion);
  CHECK(Heavy::towards_usual(Heavy::kMostPortion) == Heavy::kMostPortion - 1);
}

TEST_CASE("a stream that has gone is not read") {
  int a = 0;
  int b = 0;
  Heavy heavy;
  heavy.add(stream(a), 0ns);
  heavy.add(stream(b), 0ns);
  heavy.remove(stream(a));
  heavy.remove(stream(a));
  CHECK(heavy.take(true, 0ns) == &stream(b));
}

TEST_CASE(
    "one rests that took long, or long for one that has more; while others are owed much, each that sends "
    "much") {
  Heavy heavy;
  CHECK_FALSE(heavy.is(25us, true));
  CHECK(heavy.is(26us, true));
  CHECK_FALSE(heavy.is(100us, false));
  CHECK(heavy.is(101us, false));
  heavy.took(501us, false);
  CHECK(heavy.is(1us, true));
  CHECK_FALSE(heavy.is(1us, false));
  CHECK(heavy.is(Heavy::kMostPortion));
  CHECK_FALSE(heavy.is(Heavy::kUsualPortion));
}

TEST_CASE("a read is cut to what costs a slice, and grows again where it is cheap and there is more") {
  CHECK(Heavy::portion(16, 150us, true) == 16);
  CHECK(Heavy::portion(16, 200us, true) == 15);
  CHECK(Heavy::portion(16, 1600us, false) == 12);
  CHECK(Heavy::portion(16, 10s, true) == Heavy::kLeastPortion);
  CHECK(Heavy::portion(9, 10us, true) == 10);
  CHECK(Heavy::portion(9, 10us, false) == 9);
  CHECK(Heavy::portion(9, 30us, true) == 9);
  CHECK(Heavy::portion(16, 1us, true) == 16);
  CHECK(Heavy::portion(16, 1us, false) == 15);
  CHECK(Heavy::portion(Heavy::kUsualPortion, 1us, false) == Heavy::kUsualPortion);
}

TEST_CASE("a stream that floods rests, and all that it sent is read") {
  std::string got;
  Running running;
  running.open = [&got](ByteStream& stream, Owner& owner) {
    owner.bytes = [&stream, &got](std::string_view bytes) {
      if (bytes.size() > Heavy::kLight) {  // what costs much, whatever the machine
        const auto until = std::chrono::steady_clock::now() + 2 * Heavy::kSlice;
        while (std::chrono::steady_clock::now() < until) {
        }
      }
      got += bytes;
      stream.write(bytes.size() > Heavy::kLight ? "." : bytes);
    };
  };
  running.start();
  const Peer flood(running);
  const std::string sent = numbers(100'000);
  flood.send(sent);
  const Peer other(running);
  other.send("quick");
  CHECK(other.take(5) == "quick");
  flood.send("end");
  std::string answer;
  while (!answer.ends_with("end")) answer += flood.take(1);
  CHECK(got.size() == sent.size() + 8);
}

TEST_CASE("a stream that rests and is paused is read when it is resumed, and one that ends is forgotten") {
  Log log;
  Running running;
  running.open = [&log](ByteStream& stream, Owner& owner) {
    owner.bytes = [&stream, &log](std::string_view bytes) {
      const auto until = std::chrono::steady_clock::now() + 2 * Heavy::kSlice;
      while (bytes.size() > Heavy::kLight && std::chrono::steady_clock::now() < until) {
      }
      stream.pause();
      stream.write(".");
      stream.resume();
      if (bytes.ends_with("end")) stream.write("!");
    };
    owner.lost = [&log] { log.add("lost"); };
  };
  running.start();
  {
    const Peer peer(running);
    peer.send(numbers(50'000) + "end");
    std::string answer;
    while (!answer.ends_with("!")) answer += peer.take(1);
    peer.send(numbers(50'000));
  }
  const Peer another(running);
  another.send("x");
  CHECK(another.take(1) == ".");
}
