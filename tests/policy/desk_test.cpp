// Answering policy requests: split anywhere, in time, and not too many at once.
#include "server/policy/desk.hpp"

#include "tests/support/fake_stream.hpp"

#include <doctest/doctest.h>

#include <optional>

using namespace encke;
using namespace encke::test;
using policy::kRequest;
using policy::Place;

namespace {

/// A desk, and peers at it.
struct World {
  explicit World(std::size_t per_address = 4) {
    FlashPolicy policy{.allow = {{"*.example.com", "8080"}}, .site_control = "all", .listen = {"*:843"}};
    policy.connections_per_address = per_address;
    answers.emplace(policy);
    desk.emplace(*answers, counts, [this](std::string_view line) { told.emplace_back(line); });
    alone = policy::to_xml(policy, Place::alone) + '\0';
    in_line = policy::to_xml(policy, Place::in_line) + '\0';
  }

  /// Null where it was refused.
  std::unique_ptr<FakeStream> peer(Place place = Place::alone, std::string address = "192.0.2.7") {
    auto stream = std::make_unique<FakeStream>(loop);
    stream->address = std::move(address);
    auto owner = desk->open(*stream, place);
    if (!owner) {
      stream->abort();
      return nullptr;
    }
    stream->set_owner(std::move(owner));
    return stream;
  }

  FakeLoop loop;
  std::vector<std::string> told;
  policy::LiveCounts counts;
  std::optional<policy::Answers> answers;
  std::optional<policy::Desk> desk;
  std::string alone;
  std::string in_line;
};

}  // namespace

TEST_CASE("a request is answered with the policy and a NUL, and the stream left") {
  World world;
  for (const Place place : {Place::alone, Place::in_line}) {
    const auto peer = world.peer(place);
    CHECK(world.desk->waiting() == 1);
    peer->give(kRequest);
    CHECK(peer->sent() == (place == Place::alone ? world.alone : world.in_line));
    CHECK(peer->state() == FakeStream::State::left);
    CHECK(world.desk->waiting() == 0);
    CHECK(world.desk->addresses() == 0);
  }
  CHECK(world.alone != world.in_line);
  CHECK(world.counts.now().answered == 2);
}

TEST_CASE("a request may be split anywhere") {
  REQUIRE(kRequest.size() == 23);
  for (std::size_t first = 1; first < kRequest.size(); ++first) {
    for (std::size_t second = first; second < kRequest.size(); ++second) {
      World world;
      const auto peer = world.peer();
      peer->give(kRequest.substr(0, first));
      if (second > first) peer->give(kRequest.substr(first, second - first));
      CHECK(peer->sent().empty());
      CHECK(peer->open());
      peer->give(kRequest.substr(second));
      CHECK(peer->sent() == world.alone);
    }
  }
}

TEST_CASE("what follows the NUL changes nothing") {
  World world;
  const auto peer = world.peer();
  peer->give(std::string(kRequest) + "GET / HTTP/1.1\r\n\r\n");
  CHECK(peer->sent() == world.alone);
  CHECK(peer->state() == FakeStream::State::left);
}

TEST_CASE("anything else is aborted with the first byte that differs, and gets nothing") {
  for (std::size_t at = 0; at < kRequest.size(); ++at) {
    CAPTURE(at);
    World world;
    const auto peer = world.peer();
    if (at > 0) peer->give(kRequest.substr(0, at));
    CHECK(peer->open());
    peer->give("#");
    CHECK(peer->state() == FakeStream::State::aborted);
    CHECK(peer->sent().empty());
    CHECK(world.counts.now().wrong == 1);
    CHECK(world.desk->waiting() == 0);
  }
}

TEST_CASE("who does not ask within 3 s is aborted, however the bytes dribble") {
  World world;
  const auto silent = world.peer();
  const auto dribbling = world.peer();
  for (std::size_t at = 0; at < 10; ++at) {
    world.loop.pass(Millis{290});
    dribbling->give(kRequest.substr(at, 1));
  }
  CHECK(silent->open());
  CHECK(dribbling->open());
  world.loop.pass(Millis{200});
  CHECK(silent->state() == FakeStream::State::aborted);
  CHECK(dribbling->state() == FakeStream::State::aborted);
  CHECK(world.counts.now().late == 2);
  CHECK(world.desk->waiting() == 0);
  CHECK(world.desk->addresses() == 0);
}

TEST_CASE("a peer that goes away gives its place back") {
  World world(1);
  const auto gone = world.peer();
  CHECK(world.peer() == nullptr);
  gone->lose();
  const auto next = world.peer();
  REQUIRE(next != nullptr);
  next->give(kRequest);
  CHECK(next->sent() == world.alone);
  CHECK(world.desk->addresses() == 0);
}

TEST_CASE("so many connections of one address may wait and no more, of others too") {
  World world(3);
  std::vector<std::unique_ptr<FakeStream>> waiting;
  for (const char* address : {"192.0.2.1", "192.0.2.2"}) {
    for (int count = 0; count < 3; ++count) {
      waiting.push_back(world.peer(Place::alone, address));
      CHECK(waiting.back() != nullptr);
    }
    CHECK(world.peer(Place::in_line, address) == nullptr);
  }
  CHECK(world.desk->addresses() == 2);
  CHECK(world.counts.now().refused == 2);
  waiting.front()->give(kRequest);
  CHECK(world.peer(Place::in_line, "192.0.2.1") != nullptr);
}

TEST_CASE("the addresses of one /64 count as one") {
  World world(1);
  const auto first = world.peer(Place::alone, "2001:db8:1:2:3::4");
  CHECK(world.peer(Place::alone, "2001:db8:1:2:ffff::1") == nullptr);
  const auto other = world.peer(Place::alone, "2001:db8:1:3::4");
  CHECK(other != nullptr);
  CHECK(world.desk->addresses() == 2);
}

TEST_CASE("when all places are taken the one that has waited longest makes room") {
  World world(1);
  const auto address = [](std::size_t number) {
    return "10.0." + std::to_string(number / 256) + "." + std::to_string(number % 256);
  };
  std::vector<std::unique_ptr<FakeStream>> waiting;
  for (std::size_t number = 0; number < policy::kMostWaiting; ++number) {
    waiting.push_back(world.peer(Place::alone, address(number)));
  }
  CHECK(waiting[0]->open());
  const auto late_comer = world.peer(Place::alone, "192.0.2.1");
  REQUIRE(late_comer != nullptr);
  CHECK(waiting[0]->state() == FakeStream::State::aborted);
  CHECK(waiting[1]->open());
  CHECK(world.desk->waiting() == policy::kMostWaiting);
  CHECK(world.desk->addresses() == policy::kMostWaiting);
  late_comer->give(kRequest);
  CHECK(late_comer->sent() == world.alone);
  CHECK(world.counts.now().refused == 1);
}

TEST_CASE("refused connections are told in one line a minute") {
  World world(1);
  const auto first = world.peer();
  for (int count = 0; count < 100; ++count) CHECK(world.peer() == nullptr);
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0] ==
        "flash policy: 1 connection refused, the last of 192.0.2.7: too many waited that had not asked yet");
  first->lose();
  world.loop.pass(Millis{60'000});
  const auto second = world.peer();
  CHECK(world.peer() == nullptr);
  REQUIRE(world.told.size() == 2);
  CHECK(world.told[1].find("flash policy: 100 connections refused, ") == 0);
  CHECK(world.counts.now().refused == 101);
}
