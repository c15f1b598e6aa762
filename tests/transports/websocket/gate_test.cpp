// WebSockets that wait for the application's word: nothing is answered until it has come.
#include "transports/shared/gate.hpp"

#include "tests/transports/websocket/socket_support.hpp"

#include <optional>

using namespace encke;
using namespace encke::test;
using namespace std::chrono_literals;
using State = FakeStream::State;

namespace {

/// Keeps the question until the test answers it.
struct Site {
  Site()
      : gate([this](const AccessRequest&, Access access) { later = std::move(access); }, {}, {}),
        site(make_websocket(), {}, facade::kMostWaiting, &gate) {}

  std::optional<Access> later;
  Gate gate;
  ServiceSite site;
};

const std::string kHixie =
    "GET /s/0/x/websocket HTTP/1.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nHost: h\r\nOrigin: "
    "http://o\r\n"
    "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n\r\n";

}  // namespace

TEST_CASE("a handshake waits; what the peer has sent behind it is delivered once it may open") {
  Site s;
  FakeStream& peer = s.site.connect();
  peer.give(opening(kSockjsPath) + client_text(R"(["early"])"));
  peer.give(client_text(R"(["later"])"));
  CHECK(peer.sent() == "");
  CHECK(s.site.sessions() == 0);
  s.later->grant({.identity = "ann"});
  peer.settle();
  CHECK(peer.sent() == accepted() + server_text("o"));
  CHECK(s.site.identity == "ann");
  CHECK(s.site.seen() == Seen{"m:early", "m:later"});
}

TEST_CASE("a peer that goes on sending while it waits is held, not queued for") {
  Site s;
  FakeStream& peer = s.site.connect();
  peer.give(opening(kRawPath));
  const std::string much = client_text(std::string(1000, 'x'));
  for (int count = 0; count < 1000; ++count) peer.give(much);
  CHECK(peer.paused());
  CHECK(peer.inbox() > 800'000);
  s.later->grant();
  peer.settle();
  CHECK_FALSE(peer.paused());
  CHECK(s.site.seen().size() == 1000);
}

TEST_CASE("a refusal opens the socket and closes it with the application's code; a denial opens nothing") {
  Site s;
  FakeStream& raw = s.site.connect();
  raw.give(opening(kRawPath));
  s.later->refuse(4003, "full");
  raw.settle();
  CHECK(raw.sent() == accepted() + server_close(4003, "full"));
  FakeStream& framed = s.site.connect();
  framed.give(opening(kSockjsPath));
  s.later->refuse(4003, "full");
  framed.settle();
  CHECK(framed.sent() == accepted() + server_text("o") + server_text(R"(c[4003,"full"])") +
                             server_close(1000, "Normal closure"));
  FakeStream& denied = s.site.connect();
  denied.give(opening(kRawPath));
  s.later->deny(401, "log in first");
  denied.settle();
  CHECK(denied.sent().starts_with("HTTP/1.1 401 Unauthorized\r\n"));
  CHECK(s.site.channel == nullptr);
  CHECK(s.site.seen().empty());
}

TEST_CASE("hixie-76: the answer holds also where the peer's 8 bytes come after it") {
  Site s;
  FakeStream& peer = s.site.connect();
  peer.give(kHixie);
  s.later->grant({.identity = "ann"});
  peer.settle();
  CHECK(peer.sent().starts_with("HTTP/1.1 101"));
  peer.give("aaaaaaaa");
  CHECK(s.site.identity == "ann");
  FakeStream& refused = s.site.connect();
  refused.give(kHixie);
  s.later->refuse(4003, "full");
  refused.settle();
  refused.give("aaaaaaaa");
  CHECK(refused.sent().find("c[4003,\"full\"]") != std::string::npos);
  CHECK(s.site.sessions() == 1);
}

TEST_CASE("CVE-2025-11234: a peer that goes in the middle of its handshake, before and after the answer") {
  Site s;
  s.site.connect().give(opening(kRawPath));
  FakeStream& second = s.site.connect();
  second.give(opening(kRawPath));
  second.lose();
  s.later->grant();
  FakeStream& third = s.site.connect();
  third.give(opening(kRawPath));
  s.later->grant();
  third.lose();
  FakeStream& fourth = s.site.connect();
  fourth.give(kHixie);
  s.later->refuse(4003, "full");
  fourth.settle();
  fourth.lose();
  s.site.loop.pass(20s);
  CHECK(s.site.sessions() == 0);
  CHECK(s.site.channel == nullptr);
}
