// hixie-76 over a stream: the head at once, the answer when 8 bytes have come, then frames.
#include "transports/websocket/opening.hpp"

#include "tests/transports/websocket/socket_support.hpp"

using namespace encke;
using namespace encke::test;
using State = FakeStream::State;

namespace {

std::string request(std::string_view path, std::string_view fields = "") {
  return "GET " + std::string(path) +
         "?q HTTP/1.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nHost: h:81\r\nOrigin: http://o\r\n"
         "Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n" +
         std::string(fields) + "\r\n";
}

std::string head(std::string_view path, std::string_view fields = "") {
  return "HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Origin: http://o\r\nSec-WebSocket-Location: ws://h:81" +
         std::string(path) + "?q\r\n" + std::string(fields) + "\r\n";
}

std::string text_frame(std::string_view text) { return std::string(1, '\0') + std::string(text) + "\xff"; }

const std::string kNonce = "aaaaaaaa";
const std::string kAnswer = from_hex("ca3400d8a50847972cd5715ababf437b");
const std::string kClose("\xff\0", 2);

}  // namespace

TEST_CASE("the head leaves before the nonce has come (facts 9)") {
  ServiceSite site(make_websocket());
  FakeStream& stream = site.connect();
  CHECK(site.ask(stream, request(kSockjsPath)) == head(kSockjsPath));
  CHECK(site.sessions() == 0);
  CHECK(site.ask(stream, kNonce) == kAnswer + text_frame("o"));
}

TEST_CASE("the nonce may be cut anywhere, and frames may follow it in its segment") {
  const std::string bytes = request(kSockjsPath) + kNonce + text_frame(R"(["hello"])") + kClose;
  const std::string expected =
      head(kSockjsPath) + kAnswer + text_frame("o") + text_frame(R"(a["hello"])") + kClose;
  std::vector<std::size_t> cuts{bytes.size()};
  for (std::size_t cut = request(kSockjsPath).size() - 2; cut < bytes.size(); ++cut) cuts.push_back(cut);
  for (const std::size_t cut : cuts) {
    CAPTURE(cut);
    ServiceSite site(make_websocket());
    site.echoes = true;
    FakeStream& stream = site.connect();
    stream.give(bytes.substr(0, cut));
    stream.give(bytes.substr(cut));
    CHECK(stream.sent() == expected);
    CHECK(stream.state() == State::left);
    REQUIRE(site.events.size() == 1);
    CHECK(site.sessions() == 0);
  }
  ServiceSite site(make_websocket());
  site.echoes = true;
  FakeStream& stream = site.connect();
  for (const char& byte : bytes) stream.give({&byte, 1});
  CHECK(stream.sent() == expected);
}

TEST_CASE(
    "the one sub-protocol is echoed where the service has it; a list is one name that nobody has (facts 3)") {
  ServiceOptions options;
  options.protocols = {"chat", "echo"};
  const auto opened = [&](std::string_view fields, std::string_view answered) {
    ServiceSite site(make_websocket(), options);
    FakeStream& stream = site.connect();
    CHECK(site.ask(stream, request(kRawPath, fields) + kNonce) == head(kRawPath, answered) + kAnswer);
    return std::string(site.channel->protocol());
  };
  const std::string echo = "Sec-WebSocket-Protocol: echo\r\n";
  CHECK(opened(echo, echo) == "echo");
  CHECK(opened("", "").empty());
  CHECK(opened("Sec-WebSocket-Protocol: other\r\n", "").empty());
  CHECK(opened("Sec-WebSocket-Protocol: echo, chat\r\n", "").empty());
  CHECK(opened("Sec-WebSocket-Protocol: echo chat\r\n", "").empty());
  CHECK(opened(echo + echo, "").empty());
}

TEST_CASE("raw: no o, a close frame without a code, heartbeats none") {
  ServiceSite site(make_websocket());
  FakeStream& stream = site.connect();
  CHECK(site.ask(stream, request(kRawPath) + kNonce) == head(kRawPath) + kAnswer);
  site.loop.pass(Millis{60'000});
  CHECK(stream.sent() == "");
  site.say("text");
  site.channel->close(3000, "Go away!");
  site.loop.turn.end();
  CHECK(stream.sent() == text_frame("text") + kClose);
  CHECK(stream.open());
  stream.give(kClose);
  CHECK(stream.state() == State::left);
}

TEST_CASE("framed as SockJS, its heartbeats are h frames: the dialect has no pings") {
  ServiceSite site(make_websocket());
  FakeStream& stream = site.connect();
  site.ask(stream, request(kSockjsPath) + kNonce);
  site.loop.pass(Millis{25'100});
  CHECK(stream.sent() == text_frame("h"));
  site.loop.pass(Millis{25'000});
  CHECK(stream.sent() == text_frame("h"));
}

TEST_CASE("a nonce that does not come ends the stream in time, which counts; a lost one opens no session") {
  Guard guard;
  ServiceSite site(make_websocket());
  site.loop.context.guard = &guard;
  FakeStream& slow = site.connect();
  site.ask(slow, request(kSockjsPath) + "aaa");
  site.loop.pass(Millis{9'900});
  CHECK(slow.open());
  site.loop.pass(Millis{200});
  CHECK(slow.state() == State::aborted);
  CHECK(guard.counts().late == 1);
  FakeStream& lost = site.connect();
  site.ask(lost, request(kSockjsPath) + "aaa");
  lost.lose();
  CHECK(site.sessions() == 0);
  CHECK(guard.counts().late == 1);
  site.loop.context.guard = nullptr;
}

TEST_CASE("keys that hide no number, or are there twice, are 400") {
  ServiceSite site(make_websocket());
  std::string bad = request(kSockjsPath);
  bad.replace(bad.find("4 @1  46546xW%0l 1 5"), 20, "none");
  CHECK(site.ask(bad).substr(9, 3) == "400");
  for (const std::string_view twice :
       {"Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\n", "sec-websocket-key2: 1 2\r\n"}) {
    CAPTURE(twice);
    CHECK(site.ask(request(kSockjsPath, twice)).substr(9, 3) == "400");
  }
}

TEST_CASE("a socket whose first bytes have not come needs its service's Sessions, whatever becomes of that") {
  ServiceSite site(make_websocket());
  FakeStream& challenged = site.connect();
  site.ask(challenged, request(kSockjsPath));
  CHECK_FALSE(site.plain().deserted());
  challenged.lose();
  CHECK(site.plain().deserted());

  FakeStream& unjoined = site.connect();
  site.ask(unjoined, request("/s/encke.1/0123456789abcdefghijklmnopqrstuv/websocket") + kNonce);
  CHECK(site.facade_sessions() == 0);
  CHECK_FALSE(site.facade().deserted());
  site.ask(unjoined, text_frame("r[1,0,0]"));  // of a session that is none
  CHECK(unjoined.state() == State::closed);
  CHECK(site.facade().deserted());
}
