// A connection over time: answers that come later, slow and lost peers, deadlines, upgrades, moves.
#include "tests/http/support.hpp"

#include <string>
#include <string_view>
#include <utility>

using namespace encke;
using namespace encke::test;
using Seen = std::vector<std::string>;
using State = FakeStream::State;

namespace {

std::string get(std::string_view path, std::string_view version = "1.1", std::string_view fields = "") {
  return "GET " + std::string(path) + " HTTP/" + std::string(version) + "\r\n" + std::string(fields) +
         "Host: h\r\n\r\n";
}

const std::string kHello = answer_text(200, "hello");
const std::string kLateHead = "HTTP/1.1 408 Request Timeout\r\n";

}  // namespace

TEST_CASE("an answer that comes later holds back those behind it") {
  Site site;
  CHECK(site.ask(get("/later") + get("/hello") + get("/later")) == "");
  CHECK(site.ask(get("/tell?3")) == "");
  CHECK(site.answer("one") == answer_text(200, "one") + kHello);
  CHECK(site.seen() == Seen{"gone"});
  REQUIRE(site.waiting != nullptr);
  CHECK(site.answer("two") == answer_text(200, "two") + answer_text(200, "GET /tell 1.1 ?3"));
  CHECK(site.stream.open());
}

TEST_CASE("an answer that comes later still knows for whom a proxy made its request") {
  const auto with = [](std::string_view fields) { return get("/later", "1.1", fields); };
  Site site({}, Networks({"192.0.2.0/24"}));
  FakeStream other(site.loop);
  other.set_owner(std::make_unique<http::Connection>(other, site.shared));
  REQUIRE(site.ask(with("X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-Proto: https\r\n")) == "");
  const http::Exchange& first = *site.waiting;
  other.give(with("X-Forwarded-For: 198.51.100.2\r\nX-Forwarded-Proto: http\r\n"));
  const http::Exchange& second = *site.waiting;
  REQUIRE(&first != &second);
  CHECK(first.remote_address() == "198.51.100.1");
  CHECK(first.secure());
  CHECK(second.remote_address() == "198.51.100.2");
  CHECK_FALSE(second.secure());
}

TEST_CASE("what a proxy said of one request is not said of the next on its connection") {
  Site site({}, Networks({"192.0.2.0/24"}));
  REQUIRE(site.ask(get("/later", "1.1", "X-Forwarded-For: 198.51.100.1\r\n")) == "");
  REQUIRE(site.waiting->remote_address() == "198.51.100.1");
  site.answer("one");
  REQUIRE(site.ask(get("/later")) == "");
  CHECK(site.waiting->remote_address() == "192.0.2.7");
}

TEST_CASE("what a proxy says is kept for requests that wait, and for no others") {
  Site site({}, Networks({"192.0.2.0/24"}));
  site.mount("/who", [](http::Exchange& exchange) {
    exchange.respond(http::ResponseHead(200).type(http::kPlainText), exchange.remote_address());
  });
  const std::string_view told = "X-Forwarded-For: 198.51.100.1\r\n";
  CHECK(site.ask(get("/hello", "1.1", told)) == kHello);
  CHECK(site.shared.clients.empty());
  CHECK(site.ask(get("/who", "1.1", told)) == answer_text(200, "198.51.100.1"));
  CHECK(site.ask(get("/hello", "1.1", told)) == kHello);
  CHECK(site.shared.clients.empty());
  CHECK(site.ask(get("/later", "1.1", told)) == "");
  CHECK(site.shared.clients.size() == 1);
  site.stream.lose();
  CHECK(site.shared.clients.empty());
}

TEST_CASE("a stream that leaves HTTP is its proxy's client's from then on") {
  Site site({}, Networks({"192.0.2.0/24"}));
  CHECK(site.ask(get("/up", "1.1", "X-Forwarded-For: 198.51.100.1\r\n")).ends_with("up!"));
  CHECK(site.stream.remote_address() == "198.51.100.1");
  CHECK(site.shared.clients.empty());
  Site stranger({}, Networks({"10.0.0.0/8"}));
  CHECK(stranger.ask(get("/up", "1.1", "X-Forwarded-For: 198.51.100.1\r\n")).ends_with("up!"));
  CHECK(stranger.stream.remote_address() == "192.0.2.7");
}

TEST_CASE("a stream that leaves HTTP is noted for nobody where nobody speaks for another") {
  Site told({}, Networks({"192.0.2.0/24"}));
  CHECK(told.ask(get("/up", "1.1", "X-Forwarded-For: 198.51.100.1\r\n")).ends_with("up!"));
  CHECK(told.stream.spoken_for);
  Site direct({}, Networks({"192.0.2.0/24"}));
  CHECK(direct.ask(get("/up")).ends_with("up!"));
  CHECK_FALSE(direct.stream.spoken_for);
  Site stranger({}, Networks({"10.0.0.0/8"}));
  CHECK(stranger.ask(get("/up", "1.1", "X-Forwarded-For: 198.51.100.1\r\n")).ends_with("up!"));
  CHECK_FALSE(stranger.stream.spoken_for);
}

TEST_CASE("what is read ahead behind a waiting request is bounded; then the stream is paused") {
  http::Limits limits;
  limits.pipelined_bytes = 1000;
  Site site(limits);
  REQUIRE(site.ask(get("/later")) == "");
  const std::string request = get("/hello");
  std::size_t requests = 0;
  while (!site.stream.paused()) {
    site.stream.give(request);
    REQUIRE(++requests * request.size() < 2 * limits.pipelined_bytes);
  }
  CHECK(requests * request.size() > limits.pipelined_bytes);
  for (int more = 0; more < 20; ++more, ++requests) site.stream.give(request);
  CHECK(site.stream.inbox() == 20 * request.size());

  std::string expected = answer_text(200, "late");
  for (std::size_t count = 0; count < requests; ++count) expected += kHello;
  CHECK(site.stream.caught_up() == 0);
  CHECK(site.answer("late") == expected);
  CHECK(site.stream.caught_up() == requests - 20);  // weighed as what comes
  CHECK_FALSE(site.stream.paused());
  CHECK(site.ask(get("/hello")) == kHello);
}

TEST_CASE("an answer of unknown length is chunked in HTTP/1.1 and ends with the stream in 1.0") {
  Site site;
  CHECK(site.ask(get("/stream")) ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=UTF-8\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(site.waiting->chunked());
  site.waiting->write_framed("3\r\none\r\n");
  CHECK(site.stream.sent() == "3\r\none\r\n");
  CHECK(site.ask(get("/hello")) == "");
  site.waiting->end();
  site.stream.settle();
  CHECK(undated(site.stream.sent()) == "0\r\n\r\n" + kHello);
  CHECK(site.seen() == Seen{"gone"});

  Site old;
  CHECK(old.ask(get("/stream", "1.0", "Connection: keep-alive\r\n")) ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=UTF-8\r\nConnection: close\r\n\r\n");
  CHECK_FALSE(old.waiting->chunked());
  old.waiting->write_framed("one");
  old.waiting->end();
  CHECK(old.stream.sent() == "one");
  CHECK(old.stream.state() == State::closed);
}

TEST_CASE("HEAD gets nothing of an answer of unknown length but its head (RFC 9110 9.3.2)") {
  Site site;
  CHECK(site.ask("HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n") ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=UTF-8\r\nTransfer-Encoding: chunked\r\n\r\n");
  site.waiting->write_framed("3\r\none\r\n");
  site.waiting->end();
  site.stream.settle();
  CHECK(site.stream.sent() == "");
  CHECK(site.ask(get("/hello")) == kHello);
}

TEST_CASE("an aborted answer breaks the stream") {
  Site site;
  site.stream.give(get("/stream"));
  site.waiting->abort();
  site.stream.settle();
  CHECK(site.stream.state() == State::aborted);
  CHECK(site.seen() == Seen{"gone"});
}

TEST_CASE("the waiting owner hears of drained and of lost") {
  Site site;
  site.stream.give(get("/stream"));
  site.stream.take_only(0);
  site.waiting->write_framed("1\r\nx\r\n");
  CHECK(site.waiting->queued() == 6);
  site.stream.drain();
  CHECK(site.seen() == Seen{"drained"});
  site.stream.lose();
  CHECK(site.seen() == Seen{"lost", "gone"});
}

TEST_CASE("a stream may be lost at any byte of any request") {
  const std::string requests = get("/later") +
                               "POST /tell HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n12345" +
                               "POST /tell HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "5\r\n12345\r\n0\r\n\r\n" +
                               get("/stream");
  const std::size_t first = get("/later").size();
  for (std::size_t cut = 1; cut <= requests.size(); ++cut) {
    for (const bool answered : {false, true}) {
      CAPTURE(cut);
      Site site;
      site.stream.give(std::string_view(requests).substr(0, std::min(cut, first)));
      if (answered && site.waiting != nullptr) site.answer("a");
      site.seen();
      if (cut > first) site.stream.give(std::string_view(requests).substr(first, cut - first));
      const bool waits = site.waiting != nullptr;
      site.stream.lose();
      CHECK(site.seen() == (waits ? Seen{"lost", "gone"} : Seen{}));
    }
  }
}

TEST_CASE("while the peer does not take its answers no further request is served") {
  http::Limits limits;
  limits.backlog_bytes = 1000;
  Site site(limits);
  int served = 0;
  site.mount("/count", [&](http::Exchange& exchange) {
    ++served;
    exchange.respond(http::ResponseHead(200), std::string(400, 'x'));
  });
  site.stream.take_only(0);
  std::string requests;
  for (int count = 0; count < 10; ++count) requests += get("/count");
  site.stream.give(requests);
  CHECK(served == 3);  // two do not fill the backlog, three do
  site.stream.take_only(100);
  site.stream.settle();
  CHECK(served == 3);
  site.stream.take_only(FakeStream::kAll);
  CHECK(served == 10);
}

TEST_CASE("a head must come within its time, counted from its first byte") {
  Site site;
  site.stream.give("G");
  for (int second = 1; second < 10; ++second) {
    site.loop.pass(Millis{1000});
    site.stream.give("E");  // a byte a second does not win more
  }
  CHECK(site.stream.open());
  site.loop.pass(Millis{1100});
  CHECK(undated(site.stream.sent()) ==
        answer_text(408, "the request's head did not come in time\n", Then::closes));
  CHECK(site.stream.state() == State::closed);
}

TEST_CASE("a body must go on coming, 64 KiB at least in its time") {
  Site site;
  site.mount(
      "/big", [](http::Exchange& exchange) { exchange.respond(http::ResponseHead(200), {}); }, 1 << 20);
  site.stream.give("POST /big HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
  for (int part = 0; part < 4; ++part) {
    site.loop.pass(Millis{25'000});
    site.stream.give(std::string(64 * 1024, 'x'));
    REQUIRE(site.stream.open());
  }
  for (int second = 0; second < 29; ++second) {
    site.loop.pass(Millis{1000});
    site.stream.give("x");
  }
  CHECK(site.stream.open());
  site.loop.pass(Millis{1100});
  CHECK(undated(site.stream.sent()) ==
        answer_text(408, "the request's body did not come in time\n", Then::closes));
  CHECK(site.stream.state() == State::closed);
}

TEST_CASE("a connection between two requests is closed without a word when its time is up") {
  Site site;
  CHECK(site.ask(get("/hello")) == kHello);
  site.loop.pass(Millis{74'900});
  CHECK(site.stream.open());
  site.loop.pass(Millis{200});
  CHECK(site.stream.state() == State::closed);
  CHECK(site.stream.sent() == "");
}

TEST_CASE("each request begins the times anew, and a waiting one has none") {
  Site site;
  for (int count = 0; count < 3; ++count) {
    site.loop.pass(Millis{70'000});
    CHECK(site.ask(get("/hello")) == kHello);
  }
  site.loop.pass(Millis{70'000});
  CHECK(site.ask("GET") == "");
  site.loop.pass(Millis{9'000});
  CHECK(site.ask(get("/later").substr(3)) == "");
  site.loop.pass(Millis{600'000});
  CHECK(site.stream.open());
  CHECK(site.answer("a") == answer_text(200, "a"));
  CHECK(site.stream.has_deadline());
}

TEST_CASE("an upgrade hands over what followed the request") {
  for (const std::string_view behind : {"", "raw"}) {
    Site site;
    CHECK(site.ask(get("/up") + std::string(behind)) == "up!" + std::string(behind));
    CHECK(site.ask("more") == "more");
    CHECK_FALSE(site.stream.has_deadline());
    site.stream.lose();
    CHECK(site.seen() == Seen{"raw lost"});
  }
  Site split;
  const std::string request = get("/hello") + get("/up");
  for (const char& byte : request) split.stream.give({&byte, 1});
  CHECK(undated(split.stream.sent()) == kHello + "up!");
  CHECK(split.ask("x") == "x");
}

TEST_CASE("an upgrade out of what was read ahead reads on") {
  http::Limits limits;
  limits.pipelined_bytes = 100;
  Site site(limits);
  REQUIRE(site.ask(get("/later")) == "");
  site.stream.give(get("/up") + std::string(100, 'x'));
  REQUIRE(site.stream.paused());
  site.stream.give("kept");
  CHECK(site.answer("a") == answer_text(200, "a") + "up!" + std::string(100, 'x') + "kept");
  CHECK_FALSE(site.stream.paused());
}

TEST_CASE("behind a WebSocket that is refused no request is served, and behind other upgrades one is") {
  for (const auto& [asked, ends] : {std::pair("websocket", true),
                                    {"WebSocket", true},
                                    {"h2c, websocket", true},
                                    {"h2c\r\nUpgrade: websocket", true},
                                    {"h2c", false}}) {
    Site site;
    const std::string request = "GET /hello HTTP/1.1\r\nHost: h\r\nUpgrade: " + std::string(asked) +
                                "\r\nConnection: keep-alive, Upgrade\r\n\r\n";
    const std::string answer = site.ask(request + get("/hello"));
    CAPTURE(asked);
    CHECK((answer.find("Connection: close") != std::string::npos) == ends);
    CHECK((answer.rfind("HTTP/1.1 200") == 0) == ends);
    CHECK(site.stream.open() != ends);
  }
}

TEST_CASE("an upgrade from a request with a body") {
  Site site;
  CHECK(site.ask("GET /up HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n") == "");
  CHECK(site.ask("abcd") == "up!cd");
}

TEST_CASE("a request for another worker moves with the exact bytes that came so far") {
  const std::string request = "POST /move HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n";
  {
    Site site;
    site.stream.give(get("/hello") + request + "body");
    CHECK(site.stream.state() == State::moved);
    CHECK(site.stream.moved_to() == 2);
    CHECK(site.stream.unread() == request + "body");
    CHECK(undated(site.stream.sent()) == kHello);
  }
  {
    Site site;
    for (const char& byte : request) {
      REQUIRE(site.stream.open());
      site.stream.give({&byte, 1});
    }
    CHECK(site.stream.state() == State::moved);
    CHECK(site.stream.unread() == request);
  }
  {
    Site site;  // out of what was read ahead
    site.stream.give(get("/later"));
    site.stream.give(request + "body and more");
    CHECK(site.answer("a") == answer_text(200, "a"));
    CHECK(site.stream.unread() == request + "body and more");
  }
}

TEST_CASE("when the connection goes its waiting exchange's owner goes, without a word") {
  Site site;
  site.stream.give(get("/later"));
  site.waiting->abort();
  site.stream.settle();
  CHECK(site.seen() == Seen{"gone"});
}

TEST_CASE("connections of one loop do not mix their requests") {
  Site site;
  FakeStream other(site.loop);
  other.set_owner(std::make_unique<http::Connection>(other, site.shared));
  const std::string first = "POST /tell?first HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nfirst";
  const std::string second =
      "POST /tell?second HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nsecond\r\n0\r\n\r\n";
  for (std::size_t at = 0; at < std::max(first.size(), second.size()); ++at) {
    if (at < first.size()) site.stream.give({&first[at], 1});
    if (at < second.size()) other.give({&second[at], 1});
  }
  CHECK(undated(site.stream.sent()) == answer_text(200, "POST /tell 1.1 ?first [first]"));
  const std::string answer = undated(other.sent());
  CHECK((answer == answer_text(200, "POST /tell 1.0 ?second [second]", Then::closes) ||
         answer.substr(0, 12) == "HTTP/1.1 400"));
}

TEST_CASE("a long answer leaves no long buffer behind") {
  Site site;
  const std::string text(300'000, 'x');
  site.mount("/long", [&text](http::Exchange& exchange) { exchange.respond(http::ResponseHead(200), text); });
  CHECK(site.ask(get("/long")).size() > text.size());
  CHECK(site.shared.out.capacity() <= 64 * 1024);
}
