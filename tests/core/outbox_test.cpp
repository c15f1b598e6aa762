// The outbox: numbers, bytes, acknowledgement (PROTOCOL 5).
#include "server/core/outbox.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <random>
#include <string>

using encke::Message;
using encke::Outbox;

namespace {

void push(Outbox& outbox, std::string_view text) { outbox.push(Message::text(text)); }

std::string pending(const Outbox& outbox) {
  std::string out;
  for (std::size_t index = 0; index < outbox.pending(); ++index) (out += outbox.peek(index).data()) += ' ';
  return out;
}

}  // namespace

TEST_CASE("a message's number is the count of the messages before it (PROTOCOL 5.1)") {
  Outbox outbox;
  CHECK(outbox.first() == 0);
  CHECK(outbox.end() == 0);
  push(outbox, "a");
  push(outbox, "b");
  push(outbox, "c");
  CHECK(outbox.first() == 0);
  CHECK(outbox.next() == 0);
  CHECK(outbox.end() == 3);
  outbox.taken(2);
  CHECK(outbox.next() == 2);
  CHECK(pending(outbox) == "c ");
  CHECK(outbox.acknowledge(2));
  CHECK(outbox.first() == 2);
  push(outbox, "d");
  CHECK(outbox.end() == 4);
  CHECK(pending(outbox) == "c d ");
}

TEST_CASE("acknowledging is cumulative, and refused for what was not taken or is gone (PROTOCOL 5.2)") {
  Outbox outbox;
  for (const char* text : {"a", "b", "c", "d"}) push(outbox, text);
  CHECK(outbox.acknowledge(0));
  CHECK_FALSE(outbox.acknowledge(1));
  outbox.taken(3);
  CHECK_FALSE(outbox.acknowledge(4));
  CHECK(outbox.acknowledge(2));
  CHECK(outbox.acknowledge(2));
  CHECK_FALSE(outbox.acknowledge(1));
  CHECK(outbox.first() == 2);
  CHECK(outbox.next() == 3);
  CHECK(outbox.end() == 4);
  CHECK(outbox.acknowledge(3));
  CHECK_FALSE(outbox.acknowledge(4));
  CHECK(pending(outbox) == "d ");
}

TEST_CASE("rewinding offers again what was taken but not acknowledged, and nothing else (PROTOCOL 5.2)") {
  Outbox outbox;
  for (const char* text : {"a", "bb", "ccc", "dddd"}) push(outbox, text);
  outbox.taken(3);
  outbox.acknowledge(1);
  CHECK(pending(outbox) == "dddd ");
  outbox.rewind();
  CHECK(outbox.next() == 1);
  CHECK(pending(outbox) == "bb ccc dddd ");
  CHECK(outbox.pending_bytes() == 9);
  outbox.rewind();
  CHECK(pending(outbox) == "bb ccc dddd ");
}

TEST_CASE("bytes are of what is held, pending bytes of what no carrier has") {
  Outbox outbox;
  for (const char* text : {"a", "bb", "", "dddd"}) push(outbox, text);
  CHECK(outbox.bytes() == 7);
  CHECK(outbox.pending_bytes() == 7);
  outbox.taken(2);
  CHECK(outbox.bytes() == 7);
  CHECK(outbox.pending_bytes() == 4);
  outbox.acknowledge(1);
  CHECK(outbox.bytes() == 6);
  CHECK(outbox.pending_bytes() == 4);
}

TEST_CASE("clearing drops everything, and the numbers go on") {
  Outbox outbox;
  for (const char* text : {"a", "b", "c"}) push(outbox, text);
  outbox.taken(1);
  outbox.clear();
  CHECK(outbox.first() == 3);
  CHECK(outbox.next() == 3);
  CHECK(outbox.end() == 3);
  CHECK(outbox.bytes() == 0);
  CHECK(outbox.pending_bytes() == 0);
  push(outbox, "d");
  CHECK(outbox.end() == 4);
  CHECK(pending(outbox) == "d ");
  outbox.clear();
  outbox.clear();
}

TEST_CASE("the ring agrees with a plain list, whatever comes (random, fixed seeds)") {
  for (const unsigned seed : {11u, 12u, 13u, 14u}) {
    std::mt19937 random(seed);
    Outbox outbox;
    std::deque<std::string> held;
    std::size_t taken = 0;
    std::uint64_t first = 0;
    for (int step = 0; step < 20'000; ++step) {
      switch (random() % 5) {
        case 0:
        case 1:
          held.push_back(std::to_string(step));
          push(outbox, held.back());
          break;
        case 2: {
          const std::size_t count = random() % (held.size() - taken + 1);
          outbox.taken(count);
          taken += count;
          break;
        }
        case 3: {
          const std::uint64_t number = first + random() % (held.size() + 2);
          const bool fits = number <= first + taken;
          REQUIRE(outbox.acknowledge(number) == fits);
          if (!fits) break;
          for (; first < number; ++first, --taken) held.pop_front();
          break;
        }
        default:
          if (random() % 8 != 0) break;
          outbox.rewind();
          taken = 0;
      }
      REQUIRE(outbox.first() == first);
      REQUIRE(outbox.next() == first + taken);
      REQUIRE(outbox.end() == first + held.size());
      std::size_t bytes = 0;
      for (std::size_t index = taken; index < held.size(); ++index) {
        bytes += held[index].size();
        REQUIRE(outbox.peek(index - taken).data() == held[index]);
      }
      REQUIRE(outbox.pending_bytes() == bytes);
    }
  }
}
