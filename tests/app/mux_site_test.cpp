// A multiplexed session on one loop's site: what it carries comes and goes, and so does all of it.
#include "server/app/site.hpp"

#include "server/mux/frames.hpp"
#include "tests/support/fake_stream.hpp"
#include "transports/registry.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace encke;
using namespace encke::test;

namespace {

constexpr std::string_view kHandshake =
    "GET /m/websocket HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    "Sec-WebSocket-Protocol: encke-mux.1\r\nOrigin: https://page.example\r\n\r\n";

/// A loop that serves /a, and /m, which carries it; a raw WebSocket at the latter.
struct Carried {
  explicit Carried(bool a_first, bool with_second = false) {
    Contents contents;
    const auto serve = [&](std::string path) -> ServiceEntry& {
      ServiceEntry& entry = contents.services.emplace_back();
      entry.path = std::move(path);
      entry.counts = std::make_shared<LiveCounts>();
      return entry;
    };
    if (a_first) add_a(serve("/a"));
    if (with_second) {
      ServiceEntry& second = serve("/m2");
      second.options = mux_service();
      second.mux = std::make_shared<const MuxOptions>(MuxOptions{.services = {"/b"}});
    }
    ServiceEntry& entry = serve("/m");
    entry.options = mux_service();
    entry.mux = std::make_shared<const MuxOptions>(MuxOptions{.services = {"/a", "/m"}});
    if (!a_first) add_a(serve("/a"));
    site.emplace(loop.context, contents, transports, options, Networks(), [] { return true; });
    stream.emplace(loop);
    stream->set_owner(site->open(*stream));
    stream->give(kHandshake);
    stream->sent();
  }
  void add_a(ServiceEntry& entry) {
    entry.service = [this](Channel& channel) {
      if (at_a) at_a(channel);
      events.push_back("open " + std::string(channel.opening().transport) + " " +
                       std::string(channel.opening().origin));
      channel.on_close([this](const CloseReason& reason) {
        events.push_back(std::to_string(reason.code));
        if (at_end) at_end();
      });
    };
  }
  void give(const mux::Frame& frame) {
    std::string payload;
    append(frame, payload);
    std::string bytes = "\x82";
    bytes.push_back(static_cast<char>(0x80 | payload.size()));
    bytes.append(4, '\0');  // the mask
    stream->give(bytes + payload);
  }
  void open(std::uint32_t number, std::string_view path) {
    give({.stream = number, .type = mux::Type::open, .number = 1024, .bytes = path});
  }
  /// The first frame that the server has sent since the last call.
  std::string said() {
    const std::string bytes = stream->sent();
    return bytes.size() < 2 ? bytes : bytes.substr(2, static_cast<unsigned char>(bytes[1]));
  }
  static std::string close_frame(std::uint32_t number, std::uint32_t code, std::string_view reason) {
    std::string bytes;
    append(mux::Frame{.stream = number, .type = mux::Type::close, .number = code, .bytes = reason}, bytes);
    return bytes;
  }

  std::function<void(Channel&)> at_a;
  std::function<void()> at_end;
  std::vector<std::string> events;
  const std::vector<std::unique_ptr<Transport>> transports = make_transports();
  const ServerOptions options;
  FakeLoop loop;
  std::optional<Site> site;
  std::optional<FakeStream> stream;
};

bool has_websocket() {
  const std::vector<std::string> names = Server::transports();
  return std::find(names.begin(), names.end(), "websocket") != names.end();
}

using Seen = std::vector<std::string>;

}  // namespace

TEST_CASE("a raw WebSocket opens streams to what its service carries, and not to itself") {
  if (!has_websocket()) return;
  Carried world(true);
  world.open(1, "/a");
  CHECK(world.events == Seen{"open mux https://page.example"});
  world.open(3, "/m");
  CHECK(world.said() == std::string("\x01\x01\x80\x80\x10", 5));
  world.open(5, "/m");
  CHECK(world.said() == Carried::close_frame(5, 1008, "no service that is carried here is at that path"));
  Collected collected;
  world.site->gather(collected);
  const auto& rows = collected.metrics.transports;
  CHECK(std::any_of(rows.begin(), rows.end(), [](const TransportMetrics& row) {
    return row.service == "/a" && row.transport == "mux" && row.sessions == 1 && row.carriers == 1;
  }));
}

TEST_CASE("a service that is taken out lets its streams go with 1001, and leaves nothing") {
  if (!has_websocket()) return;
  Carried world(true);
  world.open(1, "/a");
  world.said();
  world.site->remove("/a");
  world.loop.pass(Millis{500});
  CHECK(world.events == Seen{"open mux https://page.example", "1001"});
  CHECK(world.said() == Carried::close_frame(1, 1001, "the server is going away"));
  world.loop.pass(Site::kTidyTime * 2);
  world.open(3, "/a");
  CHECK(world.said() == Carried::close_frame(3, 1008, "no service that is carried here is at that path"));
}

TEST_CASE("a multiplexed service that is taken out ends its streams") {
  if (!has_websocket()) return;
  Carried world(true);
  world.open(1, "/a");
  world.site->remove("/m");
  world.loop.pass(Millis{500});
  CHECK(world.events == Seen{"open mux https://page.example", "1001"});
}

TEST_CASE("a site that is destroyed ends every stream once, in whatever order its services stand") {
  if (!has_websocket()) return;
  for (const bool a_first : {true, false}) {
    Carried world(a_first);
    world.open(1, "/a");
    world.open(3, "/a");
    world.site.reset();
    CHECK(world.events.size() == 4);
    CHECK(std::count(world.events.begin(), world.events.end(), "1001") == 2);
  }
}

TEST_CASE("a handler may ask what a site serves while it is destroyed") {
  if (!has_websocket()) return;
  Carried world(false, true);
  world.open(1, "/a");
  std::vector<bool> found;
  Site* const site = &*world.site;
  world.at_end = [&found, site] {
    for (const char* const path : {"/a", "/b", "/m"}) found.push_back(site->target(path).has_value());
  };
  world.site.reset();
  CHECK(found == std::vector<bool>{true, false, false});
}

TEST_CASE("a server that goes lets a stream's last messages and its code go before the session closes") {
  if (!has_websocket()) return;
  Carried world(true);
  Channel* channel = nullptr;
  world.at_a = [&](Channel& opened) { channel = &opened; };
  world.open(1, "/a");
  world.stream->sent();
  bool done = false;
  world.site->drain({.notice = Millis{0}}, [&done] { done = true; });
  REQUIRE(channel != nullptr);
  channel->send("last");
  world.loop.pass(Millis{2'000});
  const std::string bytes = world.stream->sent();
  const std::size_t last = bytes.find("last");
  const std::size_t closed = bytes.find(Carried::close_frame(1, 1001, "the server is going away"));
  const std::size_t end = bytes.rfind('\x88');
  CHECK(last < closed);
  CHECK(closed < end);
  CHECK(end != std::string::npos);
  CHECK(done);
}
