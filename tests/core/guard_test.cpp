// Who may have how much.
#include "server/core/guard.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

namespace encke {
namespace {

using namespace std::chrono_literals;
using Kind = AddressTable::Kind;

Address of(std::string_view text) { return *Address::parse(text); }

ServerLimits small() {
  ServerLimits limits;
  limits.connections_per_address = 2;
  limits.handshakes_per_address = 1;
  limits.sessions_per_address = 2;
  limits.unlimited_addresses = {"10.0.0.0/8"};
  return limits;
}

TEST_CASE("an address has its places, and another has its own") {
  Guard guard(small());
  Guard::Slot one = 0;
  Guard::Slot two = 0;
  Guard::Slot three = 0;
  CHECK(!guard.connect(of("192.0.2.1"), one));
  CHECK(guard.connect(of("192.0.2.1"), two) == Refusal::handshakes_per_address);
  guard.handshake_over(one);
  CHECK(!guard.connect(of("192.0.2.1"), two));
  guard.handshake_over(two);
  CHECK(guard.connect(of("192.0.2.1"), three) == Refusal::connections_per_address);
  CHECK(!guard.connect(of("192.0.2.2"), three));
  CHECK(guard.connections() == 3);
  guard.handshake_over(three);
  for (const Guard::Slot slot : {one, two, three}) guard.connection_over(slot);
  CHECK(guard.connections() == 0);
  CHECK(guard.addresses() == 0);
}

TEST_CASE("the addresses of a /64 have their places together") {
  Guard guard(small());
  Guard::Slot slot = 0;
  CHECK(guard.open("2001:db8::1", 0ms, slot));
  CHECK(guard.open("2001:db8::2", 0ms, slot));
  const Result<void> third = guard.open("2001:db8::3", 0ms, slot);
  REQUIRE(!third);
  CHECK(third.error().status == 429);
  CHECK(third.error().close_code == 1013);
  CHECK(guard.open("2001:db8:0:1::3", 0ms, slot));
  CHECK(guard.sessions() == 3);
}

TEST_CASE("networks that are named have no limits for each address, and count in all") {
  ServerLimits limits = small();
  limits.connections = 4;
  limits.sessions = 4;
  Guard guard(limits);
  Guard::Slot slot = 0;
  for (int i = 0; i < 4; ++i) {
    CHECK(!guard.connect(of("10.1.2.3"), slot));
    CHECK(slot == Guard::kNone);
    CHECK(guard.open("10.1.2.3", 0ms, slot));
  }
  CHECK(guard.connect(of("10.1.2.3"), slot) == Refusal::connections);
  const Result<void> fifth = guard.open("10.1.2.3", 0ms, slot);
  REQUIRE(!fifth);
  CHECK(fifth.error().status == 503);
}

TEST_CASE("other limits hold from when they are set; what is counted stays counted") {
  Guard guard(small());
  Guard::Slot one = 0;
  Guard::Slot two = 0;
  CHECK(guard.open("192.0.2.1", 0ms, one));
  const ServerLimits& before = guard.limits();
  ServerLimits limits = small();
  limits.sessions_per_address = 1;
  limits.unlimited_addresses = {"192.0.2.2"};
  guard.set_limits(limits);
  CHECK(guard.limits() == limits);
  CHECK(before == small());  // who has read them may go on
  CHECK(!guard.open("192.0.2.1", 0ms, two));
  CHECK(guard.open("192.0.2.2", 0ms, two));
  CHECK(two == Guard::kNone);
  CHECK(guard.open("10.0.0.1", 0ms, two));
  CHECK(two != Guard::kNone);  // it is not among the unlimited any more
  guard.session_over(one);
  CHECK(guard.open("192.0.2.1", 0ms, one));
}

/// How many messages of these sizes, one after the other, an address may send now.
int sends(Guard& guard, Guard::Slot slot, Millis now, std::size_t size = 1) {
  int count = 0;
  for (; count < 1000 && guard.may_send(slot, now); ++count) guard.sent(slot, size, now);
  return count;
}

ServerLimits with_rates() {
  ServerLimits limits;
  limits.address_messages_per_second = 10;
  limits.address_bytes_per_second = 1000;
  limits.burst = 1s;
  return limits;
}

TEST_CASE("all sessions of an address, or of a /64, share what it may send; another has its own") {
  Guard guard(with_rates());
  std::array<Guard::Slot, 4> slots{};
  const std::array from{"192.0.2.1", "192.0.2.1", "2001:db8::1", "2001:db8::2"};
  for (std::size_t index = 0; index < from.size(); ++index) CHECK(guard.open(from[index], 0ms, slots[index]));
  CHECK(sends(guard, slots[0], 0ms) == 10);
  CHECK(sends(guard, slots[1], 0ms) == 0);
  CHECK(sends(guard, slots[2], 0ms, 500) == 2);  // the bytes are used up
  CHECK(sends(guard, slots[3], 0ms) == 0);
  CHECK(sends(guard, slots[1], 200ms) == 2);
  CHECK(sends(guard, slots[0], 100ms) == 0);  // of a loop that is behind
  CHECK(sends(guard, slots[0], 300ms) == 1);
}

TEST_CASE("what an address owes outlives its sessions, and is forgotten once it owes nothing") {
  Guard guard(with_rates());
  Guard::Slot slot = 0;
  CHECK(guard.open("192.0.2.1", 0ms, slot));
  CHECK(sends(guard, slot, 0ms) == 10);
  guard.session_over(slot);
  CHECK(guard.addresses() == 1);
  CHECK(guard.open("192.0.2.1", 100ms, slot));
  CHECK(sends(guard, slot, 100ms) == 1);
  guard.session_over(slot);
  Guard::Slot other = 0;
  for (int come = 0; come < 16; ++come) {  // each time another part is looked at
    CHECK(guard.open("192.0.2.2", 2s, other));
    guard.session_over(other);
  }
  CHECK(guard.addresses() == 0);
  CHECK(guard.open("192.0.2.1", 2s, slot));
  CHECK(sends(guard, slot, 2s) == 10);
}

TEST_CASE("addresses that are named, and those of servers without such rates, may send what they like") {
  ServerLimits limits = with_rates();
  limits.unlimited_addresses = {"192.0.2.0/24"};
  Guard guard(limits);
  Guard::Slot named = 0;
  Guard::Slot other = 0;
  CHECK(guard.open("192.0.2.1", 0ms, named));
  CHECK(guard.open("198.51.100.1", 0ms, other));
  CHECK(sends(guard, named, 0ms) == 1000);
  CHECK(sends(guard, other, 0ms) == 10);
  guard.set_limits({});
  CHECK(sends(guard, other, 0ms) == 1000);
  guard.set_limits(with_rates());  // for who is there too
  CHECK(sends(guard, other, 10s) == 10);
  guard.set_limits({});
  guard.session_over(other);
  for (int come = 0; come < 16; ++come) {
    CHECK(guard.open("203.0.113.1", 10s, other));
    guard.session_over(other);
  }
  CHECK(guard.addresses() == 0);  // nobody owes anything where there is no rate
}

TEST_CASE("a limit of 0 is none") {
  ServerLimits limits;
  limits.connections_per_address = limits.handshakes_per_address = limits.sessions_per_address = 0;
  Guard guard(limits);
  Guard::Slot slot = 0;
  for (int i = 0; i < 10'000; ++i) CHECK(!guard.connect(of("192.0.2.1"), slot));
}

TEST_CASE("what is refused is counted, and told once a minute for each kind") {
  std::vector<std::string> told;
  Guard guard({}, [&told](std::string_view text) { told.emplace_back(text); });
  guard.refused(Refusal::connections, "192.0.2.1", 1s);
  for (int i = 0; i < 500; ++i) guard.refused(Refusal::connections, "192.0.2.2", 2s);
  guard.refused(Refusal::late, "192.0.2.3", 2s);
  guard.refused(Refusal::connections, "192.0.2.4", 61s);
  CHECK(guard.counts().connections == 502);
  CHECK(guard.counts().late == 1);
  REQUIRE(told.size() == 3);
  CHECK(told[0].starts_with("1 connection refused: "));
  CHECK(told[0].ends_with("; the last was of 192.0.2.1"));
  CHECK(told[2].starts_with("501 connections refused: "));
  CHECK(told[2].ends_with("; the last was of 192.0.2.4"));
}

TEST_CASE("loops that come and go at once leave the table empty, and nobody has more than allowed") {
  AddressTable table;
  constexpr std::size_t kMost = 5;
  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&table, thread] {
      std::uint32_t state = thread + 1;
      for (int round = 0; round < 5000; ++round) {
        state = state * 1664525u + 1013904223u;
        const std::uint64_t network = state >> 24 & 7;
        const AddressTable::Slot slot = table.take(network, Kind::session, kMost);
        if (slot == AddressTable::kNone) continue;
        if (table.held(network, Kind::session) > kMost) std::abort();
        if (table.take_more(slot, Kind::connection, 1)) table.give_back(slot, Kind::connection);
        table.give_back(slot, Kind::session);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(table.size() == 0);
}

}  // namespace
}  // namespace encke
