// Each fault does what its name says, to the byte, between a plain client and a plain server.
#include "tests/support/fault_proxy.hpp"

#include "tests/support/event_socket.hpp"

#include <doctest/doctest.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace encke::test {
namespace {

using std::chrono::milliseconds;
using Kind = FaultPlan::Kind;
using Way = FaultPlan::Way;

/// One socket, and all that came over it.
class Peer final : EventSocket::Owner {
 public:
  explicit Peer(event_base* base) : end_(base, *this) {}
  std::function<void(Peer&)> on_bytes = [](Peer&) {};
  std::string got;
  std::vector<std::size_t> sizes;  // of what came, read by read
  bool ended = false;
  bool broken = false;

  EventSocket& end() { return end_; }

 private:
  void on_input(EventSocket& end) override {
    const std::size_t count = evbuffer_get_length(end.input());
    std::string bytes(count, '\0');
    evbuffer_remove(end.input(), bytes.data(), count);
    got += bytes;
    sizes.push_back(count);
    on_bytes(*this);
  }
  void on_drained(EventSocket&) override {}
  void on_end(EventSocket& end, bool reset) override {
    ended = true;
    broken = reset;
    if (reset) end.close(false);
  }

  EventSocket end_;
};

/// A server, the proxy before it, and one client.
class World {
 public:
  explicit World(const FaultPlan& plan)
      : base_(event_base_new()),
        listener_(listen()),
        proxy_(new FaultProxy(base_, port_, one(plan))),
        client(base_) {
    client.end().connect(proxy_->port(), 1);
  }
  ~World() {
    client.end().close(true);
    server.clear();
    proxy_.reset();
    evconnlistener_free(listener_);
    event_base_free(base_);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// Runs until `done`, or for `most`; says whether it was done.
  bool run(const std::function<bool()>& done, milliseconds most = milliseconds{5'000}) {
    bool late = false;
    EventTimer limit(base_, [&late] { late = true; });
    limit.start(most);
    while (!done() && !late) event_base_loop(base_, EVLOOP_ONCE);
    return done();
  }
  /// Time goes by without anything that is waited for.
  void rest(milliseconds time) {
    run([] { return false; }, time);
  }
  /// What the server does with what it gets; echoes unless set.
  std::function<void(Peer&)> serve = [](Peer& peer) {
    peer.end().write(std::string_view(peer.got).substr(peer.got.size() - peer.sizes.back()));
  };
  FaultProxy& proxy() { return *proxy_; }

 private:
  static FaultPlanner one(const FaultPlan& plan) {
    return [plan](unsigned connection) { return connection == 0 ? plan : FaultPlan{}; };
  }
  evconnlistener* listen() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    evconnlistener* const listener = evconnlistener_new_bind(
        base_,
        [](evconnlistener*, evutil_socket_t socket, sockaddr*, int, void* self) {
          auto& world = *static_cast<World*>(self);
          world.server.push_back(std::make_unique<Peer>(world.base_));
          world.server.back()->on_bytes = [&world](Peer& peer) { world.serve(peer); };
          world.server.back()->end().adopt(socket);
        },
        this, LEV_OPT_CLOSE_ON_FREE, 16, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    socklen_t length = sizeof address;
    getsockname(evconnlistener_get_fd(listener), reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    return listener;
  }

  event_base* base_;
  std::uint16_t port_ = 0;
  evconnlistener* listener_;
  std::unique_ptr<FaultProxy> proxy_;

 public:
  std::vector<std::unique_ptr<Peer>> server;  // in the order in which they came
  Peer client;
};

std::string bytes_of(std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>(i * 7 + i / 251);
  return bytes;
}

TEST_CASE("without a fault all passes both ways, and so do the ends") {
  const std::string bytes = bytes_of(1'000'000);
  World world({});
  world.client.end().write(bytes);
  CHECK(world.run([&] { return world.client.got.size() == bytes.size(); }));
  CHECK(world.client.got == bytes);
  world.client.end().finish();
  REQUIRE(world.run([&] { return world.server[0]->ended; }));
  CHECK_FALSE(world.server[0]->broken);
  world.server[0]->end().finish();
  CHECK(world.run([&] { return world.client.ended && world.proxy().open() == 0; }));
  CHECK_FALSE(world.client.broken);
  CHECK(world.proxy().faults() == 0);
}

TEST_CASE("a connection is cut behind the planned byte, either way") {
  const std::string bytes = bytes_of(1'000);
  for (const std::uint64_t at : {0U, 1U, 617U, 1000U}) {
    for (const Way way : {Way::up, Way::down}) {
      CAPTURE(at);
      CAPTURE(static_cast<int>(way));
      World world({.kind = Kind::cut, .way = way, .at = at});
      world.client.end().write(bytes);
      REQUIRE(world.run([&] { return world.client.ended && world.proxy().open() == 0; }));
      CHECK_FALSE(world.client.broken);
      if (way == Way::up) {
        CHECK((world.server.empty() ? "" : world.server[0]->got) == bytes.substr(0, at));
      } else {
        CHECK(world.client.got == bytes.substr(0, at));
      }
      CHECK(world.proxy().faults() == 1);
    }
  }
}

TEST_CASE("a reset breaks both ends; a quiet one breaks the client's, and the server's later") {
  for (const bool quiet : {false, true}) {
    CAPTURE(quiet);
    World world({.kind = Kind::cut, .way = Way::up, .at = 5, .reset = true, .quiet = quiet});
    world.client.end().write("12345");
    REQUIRE(world.run([&] { return world.client.ended; }));
    CHECK(world.client.broken);
    if (quiet) {
      world.rest(milliseconds{20});
      CHECK((world.server.empty() || !world.server[0]->ended));
    }
    REQUIRE(world.run([&] { return world.proxy().open() == 0; }));
    if (!world.server.empty()) CHECK(world.run([&] { return world.server[0]->ended; }));
  }
}

TEST_CASE("a half-open connection takes all, passes nothing on, and has no end") {
  World world({.kind = Kind::half_open, .way = Way::up, .at = 3});
  world.client.end().write("123456");
  REQUIRE(world.run([&] { return !world.server.empty() && world.server[0]->got == "123"; }));
  world.client.end().write("789");
  world.server[0]->end().write("unheard");
  world.rest(milliseconds{50});
  CHECK(world.server[0]->got == "123");
  CHECK(world.client.got.size() <= 3);
  CHECK_FALSE(world.client.ended);
  CHECK_FALSE(world.server[0]->ended);
  world.client.end().close(false);
  world.rest(milliseconds{50});
  CHECK_FALSE(world.server[0]->ended);
  CHECK(world.run([&] { return world.server[0]->ended && world.proxy().open() == 0; }));
}

TEST_CASE("a stall holds back for its time, and then all goes on") {
  World world({.kind = Kind::stall, .way = Way::up, .at = 3, .length = milliseconds{100}});
  world.client.end().write("123456");
  world.rest(milliseconds{40});
  REQUIRE_FALSE(world.server.empty());
  CHECK(world.server[0]->got == "123");
  CHECK(world.run([&] { return world.client.got == "123456"; }));
}

TEST_CASE("bytes come in pieces down to single ones, and together after a delay") {
  World world({.piece = 1, .pieces = 8});
  world.client.end().write("one by one, and then the rest");
  CHECK(world.run([&] { return world.client.got == "one by one, and then the rest"; }));
  CHECK(world.server[0]->sizes.size() > 4);
  CHECK(world.server[0]->sizes[0] == 1);

  World delayed({.delay = milliseconds{60}});
  delayed.client.end().write("one ");
  delayed.rest(milliseconds{10});
  delayed.client.end().write("and ");
  delayed.rest(milliseconds{10});
  delayed.client.end().write("two");
  REQUIRE(delayed.run([&] { return !delayed.server.empty() && !delayed.server[0]->got.empty(); }));
  CHECK(delayed.server[0]->got == "one and two");
}

constexpr std::string_view kRequest = "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi";

/// Answers with the number of the connection.
void answer(World& world) {
  world.serve = [&world](Peer& peer) {
    if (peer.got != kRequest) return;
    for (std::size_t i = 0; i < world.server.size(); ++i) {
      if (world.server[i].get() == &peer) peer.end().write("answer " + std::to_string(i));
    }
  };
}

TEST_CASE("a repetition brings the server the same request on another connection, and its answer to nobody") {
  World world({.kind = Kind::repeat, .way = Way::up, .at = kRequest.size()});
  answer(world);
  world.client.end().write(kRequest);
  REQUIRE(world.run([&] { return world.server.size() == 2 && !world.client.got.empty(); }));
  CHECK(world.run([&] { return world.server[1]->got == kRequest && world.server[1]->ended; }));
  CHECK(world.server[0]->got == kRequest);
  CHECK(world.client.got == "answer 0");
}

TEST_CASE("a replaced connection gives the client the answer to the repetition") {
  World world({.kind = Kind::replace});
  answer(world);
  world.client.end().write(kRequest);
  REQUIRE(world.run([&] { return !world.client.got.empty(); }));
  CHECK(world.client.got == "answer 1");
  CHECK(world.server[1]->got == kRequest);
  CHECK(world.server[0]->ended);
}

TEST_CASE("502 comes in the server's place, or in place of what it answered") {
  for (const Kind kind : {Kind::refuse, Kind::swallow}) {
    CAPTURE(static_cast<int>(kind));
    World world({.kind = kind});
    answer(world);
    world.client.end().write(kRequest);
    REQUIRE(world.run([&] { return world.client.ended; }));
    CHECK(world.client.got.starts_with("HTTP/1.1 502 "));
    CHECK(world.server.empty() == (kind == Kind::refuse));
    if (kind == Kind::swallow) CHECK(world.server[0]->got == kRequest);
    CHECK(world.proxy().faults() == 1);
  }
}

TEST_CASE("a buffering proxy gives each response whole, and lets a WebSocket through") {
  World world({.kind = Kind::buffer});
  world.serve = [](Peer&) {};
  world.client.end().write(kRequest);
  REQUIRE(world.run([&] { return !world.server.empty() && world.server[0]->got == kRequest; }));
  Peer& server = *world.server[0];
  server.end().write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  world.rest(milliseconds{30});
  CHECK(world.client.got.empty());
  server.end().write("0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
  REQUIRE(world.run([&] { return !world.client.got.empty(); }));
  world.rest(milliseconds{30});
  CHECK(world.client.got.ends_with("abc\r\n0\r\n\r\n"));
  server.end().write("lo");
  CHECK(world.run([&] { return world.client.got.ends_with("hello"); }));
  server.end().write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
  CHECK(world.run([&] { return world.client.got.ends_with("Protocols\r\n\r\n"); }));
  server.end().write("\x81");
  CHECK(world.run([&] { return world.client.got.ends_with("\r\n\x81"); }));
  server.end().write("half a response");
  server.end().finish();
  CHECK(world.run([&] { return world.client.got.ends_with("half a response") && world.client.ended; }));
}

}  // namespace
}  // namespace encke::test
