// What an idle resumable session costs beside one that cannot resume (PROTOCOL 6).
#include "tests/core/fakes.hpp"

#include <array>
#include <cstdlib>
#include <new>
#include <string>

namespace {

std::size_t held_bytes = 0;  // by operator new; the block's size stands before it

constexpr std::size_t kBefore = 16;

}  // namespace

void* operator new(std::size_t size) {
  auto* const block = static_cast<char*>(std::malloc(size + kBefore));
  if (block == nullptr) throw std::bad_alloc();
  *reinterpret_cast<std::size_t*>(block) = size;
  held_bytes += size;
  return block + kBefore;
}

void operator delete(void* pointer) noexcept {
  if (pointer == nullptr) return;
  char* const block = static_cast<char*>(pointer) - kBefore;
  held_bytes -= *reinterpret_cast<std::size_t*>(block);
  std::free(block);
}

void operator delete(void* pointer, std::size_t) noexcept { operator delete(pointer); }

using namespace encke;
using namespace encke::test;

namespace {

constexpr std::size_t kSessions = 16;

/// What one more session takes, on the average of kSessions behind a first one.
template <typename Open>
std::size_t bytes_of_one(const Open& open) {
  open(0);
  const std::size_t before = held_bytes;
  for (std::size_t number = 1; number <= kSessions; ++number) open(number);
  return (held_bytes - before) / kSessions;
}

std::string id_of(std::size_t number) { return "session_" + std::to_string(1000 + number); }

}  // namespace

TEST_CASE("6 an idle resumable session takes at most 256 bytes more than a SockJS one, its traffic over") {
  constexpr std::size_t kMost = 256;
  std::array<FakeCarrier, kSessions + 1> plain_carriers;
  std::array<FakeCarrier, kSessions + 1> carriers;
  World plain;
  World world;
  plain.serve([](Channel&) {});
  world.serve([](Channel&) {});

  const std::size_t plain_bytes = bytes_of_one([&](std::size_t number) {
    plain.open(id_of(number)).attach(plain_carriers[number]);
    plain.turn.end();
  });
  const std::size_t bytes = bytes_of_one([&](std::size_t number) {
    Session& session = world.sessions->reserve(id_of(number), std::make_unique<Resumption>());
    session.join(carriers[number], {.carrier = 1}, Opening{});
    session.send(Message::text("down"));
    const Message up = Message::text("up");
    static_cast<void>(session.accept(0, {&up, 1}));
    world.turn.end();
    static_cast<void>(session.acknowledge(1));
    world.turn.end();
    if (carriers[number].said() != "k0 m:down" || session.delivered() != 1) std::abort();
  });

  MESSAGE("SockJS " << plain_bytes << " bytes, resumable " << bytes);
  CHECK(plain_bytes >= sizeof(Session));
  CHECK(bytes > plain_bytes);
  CHECK(bytes <= plain_bytes + kMost);
}

TEST_CASE("6.2 a sub-protocol takes no memory of its session") {
  const auto bytes_with = [](std::string_view protocol) {
    World world;
    world.options.protocols = {"a.name.that.no.string.keeps.in.itself"};
    world.serve([](Channel&) {});
    return bytes_of_one([&](std::size_t number) {
      Session& session = world.sessions->reserve(id_of(number), std::make_unique<Resumption>(), protocol);
      if (session.channel().protocol() != protocol) std::abort();
    });
  };
  CHECK(bytes_with("a.name.that.no.string.keeps.in.itself") == bytes_with(""));
}
