// The outbox: numbers, bytes, acknowledgement (PROTOCOL 5).
#include "server/core/outbox.hpp"

#include <doctest/doctest.h>

#include <algorithm>
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

TEST_CASE(
    "what was taken once can be acknowledged after a rewind, and need not be taken again (PROTOCOL 6.5)") {
  Outbox outbox;
  for (const char* text : {"a", "b", "c", "d"}) push(outbox, text);
  outbox.taken(3);
  outbox.rewind();
  CHECK(outbox.next() == 0);
  CHECK(outbox.sent() == 3);
  CHECK_FALSE(outbox.acknowledge(4));
  CHECK(outbox.acknowledge(2));
  CHECK(pending(outbox) == "c d ");
  CHECK(outbox.pending_bytes() == 2);
}

TEST_CASE("dropping the oldest spares what a carrier ever had, and the last (PROTOCOL 6.8)") {
  Outbox outbox;
  for (const char* text : {"a", "b", "c", "d", "e"}) push(outbox, text);
  outbox.taken(2);
  outbox.rewind();
  CHECK(outbox.drop_oldest(4 * (1 + Outbox::kMessageCost)) == 1);
  CHECK(pending(outbox) == "a b d e ");
  CHECK(outbox.drop_oldest(0) == 1);
  CHECK(pending(outbox) == "a b e ");
  CHECK(outbox.drop_oldest(0) == 0);
  CHECK(outbox.cost() == 3 * (1 + Outbox::kMessageCost));
  CHECK(outbox.end() == 3);
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
    std::uint64_t sent = 0;
    for (int step = 0; step < 20'000; ++step) {
      switch (random() % 6) {
        case 0:
        case 1:
          held.push_back(std::to_string(step));
          push(outbox, held.back());
          break;
        case 2: {
          const std::size_t count = random() % (held.size() - taken + 1);
          outbox.taken(count);
          taken += count;
          sent = std::max(sent, first + taken);
          break;
        }
        case 3: {
          const std::uint64_t number = first + random() % (held.size() + 2);
          const bool fits = number <= sent;
          REQUIRE(outbox.acknowledge(number) == fits);
          if (!fits) break;
          for (; first < number; ++first) {
            held.pop_front();
            if (taken > 0) --taken;
          }
          break;
        }
        case 4: {
          if (random() % 8 != 0) break;
          const std::size_t unsent = held.size() - (sent - first);
          const std::size_t dropped = outbox.drop_oldest(random() % 200);
          REQUIRE(dropped <= (unsent == 0 ? 0 : unsent - 1));
          const auto from = held.begin() + static_cast<std::ptrdiff_t>(sent - first);
          held.erase(from, from + static_cast<std::ptrdiff_t>(dropped));
          break;
        }
        default:
          if (random() % 8 != 0) break;
          outbox.rewind();
          taken = 0;
      }
      REQUIRE(outbox.first() == first);
      REQUIRE(outbox.sent() == sent);
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

TEST_CASE("an outbox may outlive its thread's spare memory") {
  // Told by the sanitizers at the end of the program: what is static goes behind what is the thread's.
  static Outbox outbox;
  push(outbox, "kept");
  CHECK(outbox.size() == 1);
}
