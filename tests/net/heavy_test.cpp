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
  CHECK(heavy.take(true) == nullptr);
  heavy.add(stream(a));
  heavy.add(stream(b));
  CHECK(heavy.take(false) == &stream(a));
  heavy.took(1ms, false);
  CHECK(heavy.take(false) == nullptr);
  heavy.others_took(3999us);
  CHECK(heavy.take(false) == nullptr);
  heavy.others_took(1us);
  CHECK(heavy.take(false) == &stream(b));
  CHECK(heavy.take(true) == nullptr);
  CHECK(heavy.empty());
}

TEST_CASE("nothing is waited for where the others have nothing to do") {
  int a = 0;
  Heavy heavy;
  heavy.add(stream(a));
  heavy.took(500us, false);
  CHECK(heavy.wait() == 0ns);
  CHECK(heavy.take(false) == nullptr);
  CHECK(heavy.take(true) == &stream(a));
}

TEST_CASE("after work that could not be cut, others have as long a pause to come in") {
  int a = 0;
  Heavy heavy;
  heavy.add(stream(a));
  heavy.took(50ms, false);
  CHECK(heavy.take(true) == nullptr);
  CHECK(heavy.wait() == 50ms);
  heavy.slept(49500us);
  CHECK(heavy.wait() == 0ns);
  CHECK(heavy.take(true) == &stream(a));
}

TEST_CASE("what cost much in a turn of the others does not count as theirs") {
  int a = 0;
  Heavy heavy;
  heavy.add(stream(a));
  heavy.took(1ms, true);
  heavy.others_took(2ms);  // that turn, of which half was the others'
  CHECK(heavy.take(false) == nullptr);
  heavy.others_took(3ms);
  CHECK(heavy.take(false) == &stream(a));
}

TEST_CASE("a quiet time is no credit for a flood that follows") {
  int a = 0;
  Heavy heavy;
  heavy.slept(3600s);
  heavy.add(stream(a));
  heavy.took(1ms, false);
  CHECK(heavy.take(false) == nullptr);
}

TEST_CASE("a stream that has gone is not read") {
  int a = 0;
  int b = 0;
  Heavy heavy;
  heavy.add(stream(a));
  heavy.add(stream(b));
  heavy.remove(stream(a));
  heavy.remove(stream(a));
  CHECK(heavy.take(true) == &stream(b));
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
