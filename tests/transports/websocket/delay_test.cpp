// WebSockets whose peer is silent, or does not go on with what it has begun (PROTOCOL 4.7, 4.8, 4.14).
#include "server/core/guard.hpp"
#include "tests/transports/websocket/socket_support.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace encke;
using namespace encke::test;
using State = FakeStream::State;

namespace {

const std::string kPing = server_frame(0x89, "");
const std::string kPong = client_frame(0x8a, "");
const std::string kLost = server_close(3000, "No response from heartbeat");
const std::string kLateFrame =
    server_close(1008, "a frame's header, or a control frame, did not come in time; expected all of it");
const std::string kLateMessage =
    server_close(1008, "a message did not come in time; expected its end, or 64 KiB more of it");

/// A WebSocket on a loop that counts what is refused.
struct Guarded {
  explicit Guarded(std::string_view path, const ServiceOptions& options = {}) : socket(path, options) {
    socket.site.loop.context.guard = &guard;
  }
  ~Guarded() { socket.site.loop.context.guard = nullptr; }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  std::string pass(int milliseconds) {
    socket.site.loop.pass(Millis{milliseconds});
    return socket.stream.sent();
  }
  /// Sends a byte every three seconds for as long as that goes; what the server says.
  std::string dribble(std::string_view bytes) {
    std::string said;
    for (const char& byte : bytes) {
      if (!socket.stream.open()) break;
      said += socket.ask({&byte, 1});
      said += pass(3'000);
    }
    return said;
  }
  std::uint64_t late() const { return guard.counts().late; }
  std::uint64_t lost() {
    std::uint64_t sum = 0;
    for (const Traffic& traffic : socket.site.plain().traffic().rows()) sum += traffic.heartbeats_lost;
    return sum;
  }

  Guard guard;
  Socket socket;
};

/// The frame of a message of that size, in pieces.
std::vector<std::string> pieces_of(std::size_t size, std::size_t piece) {
  const std::string frame = client_frame(0x82, std::string(size, 'x'));
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < frame.size(); at += piece) pieces.push_back(frame.substr(at, piece));
  return pieces;
}

std::string draft(std::string_view fields) {
  return "GET /s/websocket HTTP/1.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nHost: h\r\n" +
         std::string(fields) + "\r\n";
}

const std::string kChallenge =
    "Origin: http://o\r\nSec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  "
    ".P00\r\n";
const std::string kHixie75 = draft("Origin: http://o\r\n");
const std::string kHixie76 = draft(kChallenge) + "aaaaaaaa";
const std::string kHybi01 = draft(kChallenge + "Sec-WebSocket-Draft: 2\r\n") + "aaaaaaaa";
std::string hybi(std::string_view version) {
  return "GET /s/websocket HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nHost: h\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: " +
         std::string(version) + "\r\n\r\n";
}

}  // namespace

// ---- silence --------------------------------------------------------------------------------------------

TEST_CASE(
    "a silent peer of a bare WebSocket is pinged every 25 s; 10 s without any frame and it is lost (4.8)") {
  Guarded at(kRawPath);
  CHECK(at.pass(24'900).empty());
  CHECK(at.pass(200) == kPing);
  CHECK(at.socket.ask(kPong).empty());
  CHECK(at.pass(24'900).empty());
  CHECK(at.pass(200) == kPing);
  CHECK(at.pass(9'800).empty());
  CHECK(at.lost() == 0);
  CHECK(at.pass(300) == kLost);
  CHECK(at.socket.site.seen() == Seen{"c:3000 No response from heartbeat"});
  CHECK(at.socket.site.sessions() == 0);
  CHECK(at.lost() == 1);
  at.pass(5'100);
  CHECK_FALSE(at.socket.stream.open());
}

TEST_CASE("whoever answers pings stays for as long as it likes (4.8)") {
  Guarded at(kRawPath);
  for (int round = 0; round < 300; ++round) {
    REQUIRE(at.pass(25'100) == kPing);
    at.socket.ask(kPong);
  }
  CHECK(at.socket.stream.open());
  CHECK(at.lost() == 0);
}

TEST_CASE("on a bare WebSocket any frame answers a heartbeat, on SockJS a pong alone (4.8)") {
  for (const std::string& frame : {client_text("x"), client_frame(0x82, ""), client_frame(0x89, "")}) {
    Guarded raw(kRawPath);
    CHECK(raw.pass(25'100) == kPing);
    raw.socket.ask(frame);
    CHECK(raw.pass(34'700).empty());
    CHECK(raw.pass(400) == kPing);
    CHECK(raw.pass(10'100) == kLost);
  }
  Guarded framed(kSockjsPath);
  CHECK(framed.pass(25'100) == kPing);
  framed.socket.ask(client_text(R"("x")"));
  CHECK(framed.pass(10'100) ==
        server_text(R"(c[3000,"No response from heartbeat"])") + server_close(1000, "Normal closure"));
}

TEST_CASE("what came before the heartbeat is no answer to it (4.8)") {
  Guarded at(kRawPath);
  at.pass(24'900);
  at.socket.ask(client_text("x"));
  CHECK(at.pass(200) == kPing);
  CHECK(at.pass(10'100) == kLost);
}

TEST_CASE("without an interval a bare WebSocket may be silent (4.7)") {
  ServiceOptions options;
  options.heartbeat = Millis{0};
  Guarded at(kRawPath, options);
  CHECK(at.pass(3'600'000).empty());
  CHECK(at.socket.stream.open());
}

TEST_CASE("every draft that has pings is pinged on its bare WebSocket, and the others are left alone (4.7)") {
  const std::string early = from_hex("8200");
  for (const auto& [opening, ping] :
       std::vector<std::pair<std::string, std::string>>{{kHybi01, from_hex("0200")},
                                                        {hybi("4"), early},
                                                        {hybi("5"), early},
                                                        {hybi("6"), early},
                                                        {hybi("7"), kPing},
                                                        {hybi("8"), kPing},
                                                        {hybi("13"), kPing}}) {
    CAPTURE(opening);
    ServiceSite site(make_websocket());
    FakeStream& stream = site.connect();
    stream.give(opening);
    stream.sent();
    site.loop.pass(Millis{25'100});
    CHECK(stream.sent() == ping);
    site.loop.pass(Millis{15'200});
    CHECK_FALSE(stream.open());
    CHECK(site.seen() == Seen{"c:3000 No response from heartbeat"});
  }
  for (const std::string& opening : {kHixie75, kHixie76}) {
    CAPTURE(opening);
    ServiceSite site(make_websocket());
    FakeStream& stream = site.connect();
    stream.give(opening);
    stream.sent();
    site.loop.pass(Millis{3'600'000});
    CHECK(stream.sent().empty());
    CHECK(stream.open());
  }
}

// ---- what is begun --------------------------------------------------------------------------------------

TEST_CASE("a frame's header has 10 s from its first byte on (4.14)") {
  for (const std::string_view path : {kRawPath, kSockjsPath}) {
    Guarded at(path);
    CHECK(at.dribble(client_frame(0x82, std::string(70'000, 'x')).substr(0, 3)).empty());
    CHECK(at.socket.stream.open());
    CHECK(at.pass(900).empty());
    CHECK(at.late() == 0);
    CHECK(at.pass(200) == kLateFrame);
    CHECK(at.socket.stream.state() == State::closed);
    const Seen seen = at.socket.site.seen();
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].substr(0, 9) == "c:1008 a ");
    CHECK(at.late() == 1);
    CHECK(at.lost() == 0);
  }
}

TEST_CASE("so has a ping with a payload (4.14)") {
  Guarded at(kRawPath);
  CHECK(at.dribble(client_frame(0x89, std::string(100, 'x'))) == kLateFrame);
  CHECK(at.late() == 1);
}

TEST_CASE("a message has 30 s for each 64 KiB: a dribbled payload ends (4.14)") {
  for (const std::string_view path : {kRawPath, kSockjsPath}) {
    Guarded at(path);
    at.socket.ask(client_frame(0x82, std::string(4'000, 'x')).substr(0, 10));
    const std::string said = at.dribble(std::string(12, 'x'));
    CHECK(said == kPing + kLateMessage);  // in the midst of it the ping needs no answer
    CHECK(at.late() == 1);
    CHECK(at.lost() == 0);
  }
}

TEST_CASE(
    "a slow upload that goes on is not ended, neither for its slowness nor for a missing pong (4.8, 4.14)") {
  for (const bool fragments : {false, true}) {
    ServiceOptions options;
    options.max_message_bytes = 1 << 20;
    Guarded at(kRawPath, options);
    std::vector<std::string> pieces = pieces_of(600'000, 5'000);
    if (fragments) {
      for (std::size_t index = 0; index < 120; ++index) {
        const int first = (index == 0 ? 0x02 : 0) | (index == 119 ? 0x80 : 0);
        pieces[index] = client_frame(first, std::string(5'000, 'x'));
      }
      pieces.resize(120);
    }
    std::string said;
    for (const std::string& piece : pieces) {  // 64 KiB in 28 s
      said += at.socket.ask(piece);
      said += at.pass(2'000);
      REQUIRE(at.socket.stream.open());
    }
    CHECK(at.socket.site.seen() == Seen{"m:" + std::string(600'000, 'x')});
    CHECK(said.size() >= 6 * kPing.size());
    CHECK_FALSE(at.socket.stream.has_deadline());
    CHECK(at.late() == 0);
  }
}

TEST_CASE("one that goes on more slowly is ended (4.14)") {
  Guarded at(kRawPath);
  for (const std::string& piece : pieces_of(600'000, 5'000)) {  // 64 KiB in 32.5 s
    if (!at.socket.stream.open()) break;
    at.socket.ask(piece);
    at.pass(2'500);
  }
  CHECK(at.late() == 1);
  CHECK_FALSE(at.socket.stream.open());
}

TEST_CASE("one that stops is lost when it answers no heartbeat, or late (4.8, 4.14)") {
  Guarded at(kRawPath);
  at.pass(20'000);
  at.socket.ask(client_frame(0x82, std::string(1'000, 'x')).substr(0, 500));
  CHECK(at.pass(5'100) == kPing);
  CHECK(at.pass(10'100) == kLost);
  CHECK(at.late() == 0);
}

TEST_CASE("a message whose fragments do not end has the same time, whatever control frames come (4.14)") {
  Guarded at(kRawPath);
  at.socket.ask(client_frame(0x01, "begun"));
  std::string said;
  for (int second = 0; second < 29; ++second) {
    said += at.socket.ask(client_frame(0x89, "p") + kPong);
    said += at.pass(1'000);
    REQUIRE(at.socket.stream.open());
  }
  at.socket.ask(client_frame(0x00, "and no end"));
  said += at.pass(1'100);
  CHECK(said.substr(said.size() - kLateMessage.size()) == kLateMessage);
  CHECK(at.late() == 1);
}

TEST_CASE("each message and each frame has its own time, however the bytes are cut (4.14)") {
  for (const std::string& frame : {client_frame(0x82, std::string(1'000, 'x')), client_frame(0x89, "ping")}) {
    Guarded at(kRawPath);
    at.socket.ask(frame.substr(0, 3));
    for (int round = 0; round < 50; ++round) {  // every read ends in the midst of the next
      at.pass(5'000);
      REQUIRE(at.socket.stream.open());
      at.socket.ask(frame.substr(3) + frame.substr(0, 3));
    }
    at.socket.ask(frame.substr(3));
    CHECK_FALSE(at.socket.stream.has_deadline());
    CHECK(at.late() == 0);
  }
}

TEST_CASE("a whole message sets no deadline") {
  Guarded at(kRawPath);
  at.socket.ask(client_text("x") + client_frame(0x89, "") + client_text("y"));
  CHECK_FALSE(at.socket.stream.has_deadline());
}

TEST_CASE("a peer that is read no further is not late meanwhile (4.14)") {
  Guarded at(kRawPath);
  at.socket.stream.take_only(0);
  at.socket.ask(client_frame(0x01, "begun"));
  CHECK(at.socket.stream.has_deadline());
  std::string flood;
  for (int count = 0; count < 1'500; ++count) flood += client_frame(0x89, std::string(100, 'p'));
  at.socket.stream.give(flood);
  REQUIRE(at.socket.stream.paused());
  CHECK_FALSE(at.socket.stream.has_deadline());
  at.socket.stream.drain();
  for (int rounds = 0; at.socket.stream.paused() && rounds < 100; ++rounds) at.socket.stream.drain();
  CHECK(at.socket.stream.has_deadline());
  at.socket.ask(client_frame(0x80, "ended"));
  CHECK_FALSE(at.socket.stream.has_deadline());
  CHECK(at.socket.site.seen() == Seen{"m:begunended"});
}

TEST_CASE("a close that waits for its answer has its own 5 s, in the midst of a frame too (RFC 6455 7.1.1)") {
  Guarded at(kRawPath);
  at.socket.ask(client_text("begun").substr(0, 8));
  at.socket.site.channel->close(1000, "done");
  CHECK(at.pass(50) == server_close(1000, "done"));
  CHECK(at.dribble(client_text("begun").substr(8, 2)).empty());
  CHECK_FALSE(at.socket.stream.open());
  CHECK(at.late() == 0);
}

TEST_CASE("so has one over a socket that takes nothing, whatever the peer sends behind it (RFC 6455 7.1.1)") {
  Guarded at(kRawPath);
  at.socket.stream.take_only(0);
  at.socket.site.channel->send(Message::text(std::string(65'000, 'x')));
  at.socket.ask(client_frame(0x01, "begun"));
  REQUIRE(at.socket.stream.has_deadline());
  at.socket.site.channel->send(Message::text(std::string(1'000, 'x')));
  at.socket.site.channel->close(1000, "done");
  at.socket.ask(client_frame(0x89, ""));
  CHECK(at.socket.stream.has_deadline());
  at.pass(5'100);
  CHECK_FALSE(at.socket.stream.open());
}

TEST_CASE("a peer whose bytes wait to be read is not taken for lost (4.8)") {
  for (const std::string_view path : {kRawPath, kSockjsPath}) {
    Guarded at(path);
    REQUIRE(at.pass(25'100) == kPing);
    at.socket.stream.set_behind(true);
    CHECK(at.pass(34'000).empty());
    CHECK(at.pass(1'500) == kPing);
    at.socket.stream.set_behind(false);
    CHECK_FALSE(at.pass(10'100).empty());
    CHECK(at.lost() == 1);
  }
}

TEST_CASE("what the drafts begin has its time as well (4.14)") {
  struct Row {
    std::string opening;
    std::string begun;
    int seconds;
  };
  const std::string hashed = "abcd";  // hybi-04 to -06 mask the header, too: four bytes are but the key
  for (const Row& row :
       {Row{kHixie75, std::string(1, '\0') + "text", 30}, Row{kHixie76, std::string(1, '\0') + "text", 30},
        Row{kHixie75, "\x80\x81", 10}, Row{kHixie75, "\x01 dropped", 30},
        Row{kHixie76, "\x80\x10 dropped", 30}, Row{kHybi01, from_hex("04"), 10},
        Row{kHybi01, from_hex("0405 61"), 30}, Row{kHybi01, from_hex("8401 61"), 30},
        Row{kHybi01, from_hex("0205 61"), 10}, Row{hybi("4"), hashed, 10}, Row{hybi("5"), hashed, 10},
        Row{hybi("6"), "ab", 10}, Row{hybi("7"), client_text("x").substr(0, 1), 10},
        Row{hybi("8"), client_text("text").substr(0, 8), 30}}) {
    CAPTURE(row.opening);
    CAPTURE(row.begun);
    ServiceOptions options;
    options.heartbeat = Millis{0};
    ServiceSite site(make_websocket(), options);
    FakeStream& stream = site.connect();
    stream.give(row.opening);
    CHECK_FALSE(stream.has_deadline());
    stream.give(row.begun);
    site.loop.pass(Millis{row.seconds * 1'000 - 100});
    CHECK(stream.open());
    site.loop.pass(Millis{200});
    CHECK_FALSE(stream.open());
    const Seen seen = site.seen();
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].substr(0, 7) == "c:1008 ");
  }
}
