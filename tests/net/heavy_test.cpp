// Streams whose bytes cost the loop much: who is read when.
#include "server/net/heavy.hpp"

#include <doctest/doctest.h>

using namespace encke;
using namespace encke::net;
using namespace std::chrono_literals;

namespace {

/// Stands for a stream; Heavy never looks into one.
Stream& stream(int& place) { return reinterpret_cast<Stream&>(place); }

constexpr std::uint8_t kUsual = Heavy::kUsualPortion;

bool is_light(std::size_t bytes, std::uint64_t pieces, std::uint64_t brought) {
  return Heavy::is_light(bytes, {7, 700}, {7 + pieces, 700 + brought});
}

}  // namespace

TEST_CASE(
    "those that rest are read one at a time, in their order, each once the others have had four times its "
    "cost") {
  int a = 0;
  int b = 0;
  Heavy heavy;
  CHECK(heavy.take(true, 0ns) == nullptr);
  heavy.add(stream(a), true, 0ns);
  heavy.add(stream(b), true, 0ns);
  CHECK(heavy.take(false, 0ns) == &stream(a));
  heavy.took(1ms, 1ms);
  CHECK(heavy.take(false, 1ms) == nullptr);
  heavy.others_took(3999us);
  CHECK(heavy.take(false, 1ms) == nullptr);
  heavy.others_took(1us);
  CHECK(heavy.take(false, 1ms) == &stream(b));
  CHECK(heavy.take(true, 1ms) == nullptr);
  CHECK(heavy.empty());
}

TEST_CASE("who rests and is not marked waits for one of the others at most") {
  int a = 0;
  int b = 0;
  int c = 0;
  int d = 0;
  Heavy heavy;
  heavy.add(stream(a), true, 0ns);
  heavy.add(stream(b), true, 0ns);
  heavy.add(stream(c), false, 0ns);
  heavy.add(stream(d), false, 0ns);
  CHECK(heavy.take(true, 0ns) == &stream(c));
  CHECK(heavy.take(true, 0ns) == &stream(a));
  CHECK(heavy.take(true, 0ns) == &stream(d));
  CHECK(heavy.take(true, 0ns) == &stream(b));
}

TEST_CASE("nothing is waited for where the others have nothing to do") {
  int a = 0;
  Heavy heavy;
  CHECK_FALSE(heavy.wait(0ns).has_value());
  heavy.took(500us, 500us);
  CHECK_FALSE(heavy.wait(500us).has_value());
  heavy.add(stream(a), true, 500us);
  CHECK(heavy.wait(500us) == 0ns);
  CHECK(heavy.take(false, 500us) == nullptr);
  CHECK(heavy.take(true, 500us) == &stream(a));
}

TEST_CASE("after work that could not be cut, others have as long a pause to come in") {
  int a = 0;
  Heavy heavy;
  heavy.took(50ms, 50ms);
  heavy.add(stream(a), true, 50ms);
  CHECK(heavy.take(true, 50ms) == nullptr);
  CHECK(heavy.wait(50ms) == 50ms);
  heavy.slept(49500us);
  CHECK(heavy.wait(99500us) == 0ns);
  CHECK(heavy.take(true, 99500us) == &stream(a));
}

TEST_CASE("what cost much in a turn of the others does not count as theirs") {
  int a = 0;
  Heavy heavy;
  heavy.took_from_others(1ms);
  heavy.add(stream(a), true, 0ns);
  heavy.others_took(2ms);  // that turn, of which half was the others'
  CHECK(heavy.take(false, 2ms) == nullptr);
  heavy.others_took(3ms);
  CHECK(heavy.take(false, 4ms) == &stream(a));
}

TEST_CASE("what is owed is made good though nobody rests, and a quiet time is no credit for a flood") {
  int a = 0;
  Heavy heavy;
  CHECK(heavy.unconcerned());
  heavy.took_from_others(1ms);
  CHECK_FALSE(heavy.unconcerned());
  heavy.others_took(5ms);
  CHECK(heavy.unconcerned());
  heavy.slept(3600s);
  heavy.add(stream(a), true, 3600s);
  CHECK_FALSE(heavy.unconcerned());
  heavy.took(1ms, 3600s);
  CHECK(heavy.take(false, 3600s) == nullptr);
}

TEST_CASE("whatever those owe that came since, one that rests is read soon after the last one") {
  int a = 0;
  int b = 0;
  int c = 0;
  Heavy heavy;
  for (int read = 0; read < 1000; ++read) heavy.took_from_others(50ms);
  heavy.add(stream(a), true, 5s);
  heavy.add(stream(b), true, 6s);
  heavy.add(stream(c), true, 6s);
  CHECK(heavy.take(true, 5s + Heavy::kLongest - 1ns) == nullptr);
  CHECK(heavy.wait(5s + Heavy::kLongest - 1ns) == 1ns);
  CHECK(heavy.take(true, 5s + Heavy::kLongest) == &stream(a));
  heavy.took(100us, 6s);
  heavy.took_from_others(10s);
  CHECK(heavy.take(false, 6s + Heavy::kSoonest - 1ns) == nullptr);
  CHECK(heavy.take(false, 6s + Heavy::kSoonest) == &stream(b));
  heavy.took(1s, 8s);
  CHECK(heavy.wait(8s) == 1s);
  heavy.took_from_others(10s);
  CHECK(heavy.take(false, 12s - 1ns) == nullptr);
  CHECK(heavy.take(false, 12s) == &stream(c));
}

TEST_CASE("the first that rests waits for no longer than is owed") {
  int a = 0;
  Heavy heavy;
  heavy.took_from_others(1ms);
  heavy.add(stream(a), true, 0ns);
  CHECK(heavy.take(false, 5ms - 1ns) == nullptr);
  CHECK(heavy.take(false, 5ms) == &stream(a));
}

TEST_CASE("a stream that has gone is not read, and one that is in a hurry is the next") {
  int a = 0;
  int b = 0;
  int c = 0;
  Heavy heavy;
  heavy.add(stream(a), false, 0ns);
  heavy.add(stream(b), true, 0ns);
  heavy.add(stream(c), true, 0ns);
  heavy.remove(stream(b));
  heavy.remove(stream(b));
  heavy.hasten(stream(c));
  CHECK(heavy.take(true, 0ns) == &stream(c));
  CHECK(heavy.take(true, 0ns) == &stream(a));
  CHECK(heavy.empty());
}

TEST_CASE("one short message or request is light, however it comes, and no more than that") {
  CHECK(is_light(1536, 0, 0));
  CHECK(is_light(40, 2, 1536));  // a frame, and the message in it
  CHECK_FALSE(is_light(1537, 0, 0));
  CHECK_FALSE(is_light(40, 3, 40));
  CHECK_FALSE(is_light(6, 2, 1537));  // the end of a long message, or one that inflated
}

TEST_CASE(
    "one rests that took long, or long for one that has more; while others are owed much, each that sends "
    "much") {
  Heavy heavy;
  CHECK_FALSE(heavy.is(25us, true));
  CHECK(heavy.is(26us, true));
  CHECK_FALSE(heavy.is(100us, false));
  CHECK(heavy.is(101us, false));
  CHECK_FALSE(heavy.is(Heavy::kLeastPortion));
  CHECK(heavy.most(kUsual) == 8192);
  heavy.took(501us, 0ns);
  CHECK(heavy.is(1us, true));
  CHECK_FALSE(heavy.is(1us, false));
  CHECK(heavy.is(Heavy::kMostPortion));
  CHECK_FALSE(heavy.is(kUsual));
  CHECK(heavy.most(kUsual) == 2048);
  CHECK(heavy.most(Heavy::kLeastPortion) == 512);
}

TEST_CASE("a read is cut to what costs a slice, and grows again where it is cheap and there is more") {
  CHECK(Heavy::portion(16, 150us, true) == 16);
  CHECK(Heavy::portion(16, 200us, true) == 15);
  CHECK(Heavy::portion(16, 1600us, false) == 12);
  CHECK(Heavy::portion(16, 10s, true) == Heavy::kLeastPortion);
  CHECK(Heavy::portion(9, 10us, true) == 10);
  CHECK(Heavy::portion(9, 30us, true) == 9);
  CHECK(Heavy::portion(16, 1us, true) == 16);
}

TEST_CASE("who sends little after much is soon as others are") {
  CHECK(Heavy::portion(9, 10us, false) == 10);
  CHECK(Heavy::portion(16, 1us, false) == 15);
  CHECK(Heavy::portion(kUsual, 1us, false) == kUsual);
  CHECK(Heavy::towards_usual(9) == 10);
  CHECK(Heavy::towards_usual(16) == 15);
  CHECK(Heavy::towards_usual(kUsual) == kUsual);
}

TEST_CASE(
    "a read that cost much marks a stream for as many reads as it had slices, which light ones shorten") {
  CHECK(Heavy::mark(0, 150us) == 0);
  CHECK(Heavy::mark(0, 151us) == 1);
  CHECK(Heavy::mark(0, 20ms) == 200);
  CHECK(Heavy::mark(0, 10s) == 255);
  CHECK(Heavy::mark(200, 1ms) == 200);
  CHECK(Heavy::mark(200, 10us) == 199);
  CHECK(Heavy::fade(200) == 100);
  CHECK(Heavy::fade(1) == 0);
}
