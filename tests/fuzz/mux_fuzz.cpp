// Multiplexed sessions, and what a page sends in them: the input is frames, each behind a byte with its
// length. Whatever comes, what is a frame is written down again as it was read, each channel closes exactly
// once, and nothing of it stays.
#include "server/core/sessions.hpp"
#include "server/mux/frames.hpp"
#include "server/mux/mux.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

using namespace encke;
using encke::test::require;

namespace {

/// Takes all, and demands that what the server says is frames.
class Wire final : public Carrier {
 public:
  Taken write(std::span<const Frame> frames) override {
    for (const Frame& frame : frames) {
      if (frame.kind == Frame::Kind::message) {
        require(static_cast<bool>(mux::parse(frame.message->data())), "the server sends frames");
      }
    }
    return {frames.size(), Taken::Then::more};
  }
  void finish(Detach) override { over = true; }
  bool over = false;
};

/// A service at /e, which sends back what comes, pauses at a "p", closes at a "c", and counts its channels.
struct World final : mux::Targets {
  std::optional<mux::Target> target(std::string_view path) const override {
    if (path != "/e") return std::nullopt;
    return mux::Target{*echo, nullptr, {}, fault};
  }
  void meet(Channel& channel) {
    ++open;
    channel.on_message([&channel](const Message& message) {
      if (message.data().starts_with('p')) channel.pause();
      if (message.data().starts_with('c')) channel.close(3000, message.data());
      channel.send(message);
    });
    channel.on_close([this](const CloseReason&) { --open; });
  }

  TimerWheel timers;
  Turn turn;
  const LoopContext loop{timers, turn};
  const std::function<void(std::string_view)> fault = [](std::string_view) {
    require(false, "nothing throws");
  };
  std::unique_ptr<Sessions> echo;
  std::unique_ptr<Sessions> own;
  std::unique_ptr<mux::Setting> setting;
  int open = 0;
};

void read(std::string_view bytes) {
  const Result<mux::Frame> frame = mux::parse(bytes);
  if (!frame) return;
  std::string written;
  append(*frame, written);
  require(written == bytes, "a frame is written as it was read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  Wire wire;
  World world;
  ServiceOptions small;
  small.outbox_bytes = 4096;
  small.max_message_bytes = 300;
  world.echo = std::make_unique<Sessions>(
      world.loop, "/e", small, [&](Channel& channel) { world.meet(channel); }, world.fault);
  world.own = std::make_unique<Sessions>(
      world.loop, "/m", mux_service(), [&](Channel& channel) { mux::Mux::join(*world.setting, channel); },
      world.fault);
  world.setting = std::make_unique<mux::Setting>(
      mux::Setting{world.loop,
                   world,
                   *world.own,
                   {.services = {"/e"}, .streams = 4, .window = 2048, .partial_bytes = 400}});
  Opening opening;
  opening.protocol = mux::kProtocol;
  Session& session = world.own->open({}, opening);
  session.attach(wire);
  world.turn.end();
  while (!rest.empty() && !wire.over) {
    const std::size_t length = static_cast<unsigned char>(rest.front());
    const std::string_view bytes = rest.substr(1, length);
    rest.remove_prefix(1 + bytes.size());
    read(bytes);
    session.receive(Message::binary(bytes));
    if (length % 2 == 0) world.turn.end();
  }
  world.turn.end();
  require(static_cast<std::size_t>(world.open) == world.echo->size(), "each stream is a session");
  if (!wire.over) session.detach(wire, Detach::lost);
  world.turn.end();
  world.timers.advance(Millis{10'000});
  world.turn.end();
  require(world.own->size() == 0 && world.open == 0 && world.echo->size() == 0, "all of it closes, once");
  return 0;
}
