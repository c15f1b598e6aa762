// Plain server-sent events of a service, as a browser's own EventSource reads them.
#include "transports/shared/events.hpp"

#include "server/core/access.hpp"
#include "tests/transports/support.hpp"

#include <encke/access.hpp>

using namespace encke;
using namespace encke::test;
using namespace std::chrono_literals;

namespace {

ServiceOptions with_events() {
  ServiceOptions options;
  options.events = true;
  return options;
}

struct Site : ServiceSite {
  explicit Site(const ServiceOptions& options = with_events(), Gate* gate = nullptr)
      : ServiceSite(std::make_unique<NoTransport>(), options, facade::kMostWaiting, gate) {}
  std::string get(FakeStream& stream, std::string_view fields = "", std::string_view method = "GET",
                  std::string_view path = "/s/events", std::string_view version = "1.1") {
    return ask(stream, std::string(method) + " " + std::string(path) + " HTTP/" + std::string(version) +
                           "\r\nHost: h\r\n" + std::string(fields) + "\r\n");
  }
  std::string status(std::string_view fields = "", std::string_view method = "GET",
                     std::string_view path = "/s/events") {
    return get(connect(), fields, method, path).substr(9, 3);
  }
};

constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\n"
    "Cache-Control: no-store, no-cache, no-transform, must-revalidate, max-age=0\r\n"
    "Access-Control-Allow-Origin: *\r\n"
    "Vary: Origin\r\n"
    "Content-Type: text/event-stream\r\n"
    "X-Accel-Buffering: no\r\n"
    "Transfer-Encoding: chunked\r\n\r\n";

}  // namespace

TEST_CASE("each message is an event: its id, where it has one, and its lines") {
  Site site;
  FakeStream& stream = site.connect();
  CHECK(site.get(stream) == kHead);
  site.channel->send(Message::text("one", "7"));
  site.channel->send("two\nlines");
  site.channel->send("a\r\nb\rc\n");
  site.say("");
  CHECK(stream.sent() == chunk("id: 7\ndata: one\n\n") + chunk("data: two\ndata: lines\n\n") +
                             chunk("data: a\ndata: b\ndata: c\ndata: \n\n") + chunk("data: \n\n"));
}

TEST_CASE("what a message says cannot become anything else of the stream") {
  Site site;
  FakeStream& stream = site.connect();
  site.get(stream);
  site.say("\n\nevent: evil\rid: 9\n\ndata: x");
  CHECK(stream.sent() == chunk("data: \ndata: \ndata: event: evil\ndata: id: 9\ndata: \ndata: data: x\n\n"));
}

TEST_CASE("readers of HTTP/1.0 get the same without chunks") {
  Site site;
  FakeStream& stream = site.connect();
  CHECK(site.get(stream, "", "GET", "/s/events", "1.0").starts_with("HTTP/1.1 200 OK\r\n"));
  site.say("one");
  CHECK(stream.sent() == "data: one\n\n");
}

TEST_CASE("a quiet stream gets a comment for a heartbeat") {
  ServiceOptions options = with_events();
  options.heartbeat = 1s;
  Site site(options);
  FakeStream& stream = site.connect();
  site.get(stream);
  site.loop.pass(1100ms);
  CHECK(stream.sent() == chunk(":\n\n"));
}

TEST_CASE("a reader is a session of the service, as long as its response") {
  Site site;
  FakeStream& stream = site.connect();
  site.get(stream);
  CHECK(site.sessions() == 1);
  CHECK(site.plain().traffic().rows().back().transport == "events");
  stream.lose();
  site.loop.turn.end();
  CHECK(site.sessions() == 0);
  CHECK(site.seen() == Seen{"c:1006 the connection was lost"});
  FakeStream& closed = site.connect();
  site.get(closed);
  site.channel->close(1001, "going");
  site.loop.turn.end();
  CHECK(closed.sent() == "0\r\n\r\n");
  CHECK(site.sessions() == 0);
}

TEST_CASE("without the option, or with another path or method, there are no events") {
  Site site;
  CHECK(site.status("", "GET", "/s/events/") == "200");
  CHECK(site.status("", "POST") == "405");
  CHECK(site.status("", "HEAD") == "405");
  CHECK(site.status("", "OPTIONS") == "204");
  CHECK(site.status("", "GET", "/s/events/x") == "404");
  CHECK(site.status("", "GET", "/s/event") == "404");
  Site none{ServiceOptions()};
  CHECK(none.status() == "404");
}

TEST_CASE("the service's origins are those of its events") {
  ServiceOptions options = with_events();
  options.origins = {"https://a.example"};
  Site site(options);
  CHECK(site.status("Origin: https://b.example\r\n") == "403");
  CHECK(site.counts().refused_origins == 1);
  CHECK(site.sessions() == 0);
  const std::string good = site.get(site.connect(), "Origin: https://a.example\r\n");
  CHECK(good.find("Access-Control-Allow-Origin: https://a.example\r\n") != std::string::npos);
  CHECK(good.find("Access-Control-Allow-Credentials: true\r\n") != std::string::npos);
}

TEST_CASE("a service that has as many sessions as it may have has no place for a reader of events") {
  Site site;
  ServiceLimits limits;
  limits.sessions = 1;
  site.plain().counts().set_limits(limits, {});
  FakeStream& stream = site.connect();
  CHECK(site.get(stream) == kHead);
  CHECK(site.status() == "503");
  stream.lose();
  CHECK(site.status() == "200");
}

TEST_CASE("who decides on access decides on readers of events; a refusal that would open is a 403") {
  std::function<void(const Access&)> decide;
  Gate gate(
      [&](const AccessRequest& request, const Access& access) {
        CHECK(request.transport == "events");
        decide(access);
      },
      {}, {});
  Site site(with_events(), &gate);
  decide = [](const Access& access) { access.deny(401, "who are you?"); };
  CHECK(site.status() == "401");
  decide = [](const Access& access) { access.refuse(4403, "not you"); };
  CHECK(site.status() == "403");
  CHECK(site.sessions() == 0);
  decide = [](const Access& access) { access.grant({.identity = "ann"}); };
  CHECK(site.status() == "200");
  CHECK(site.identity == "ann");
}

TEST_CASE("a reader that takes nothing waits, and goes on where it stopped") {
  ServiceOptions options = with_events();
  options.slow_reader = SlowReader::block;
  options.outbox_bytes = 100'000;
  Site site(options);
  FakeStream& stream = site.connect();
  site.get(stream);
  stream.take_only(0);
  const std::string text(30'000, 'x');
  int taken = 0;
  while (taken < 100 && site.channel->send(text)) {
    site.loop.turn.end();
    ++taken;
  }
  CHECK(taken < 10);
  CHECK(site.channel->is_open());
  stream.drain();
  site.loop.turn.end();
  CHECK(site.channel->send("end"));
  site.loop.turn.end();
  CHECK(stream.sent().ends_with(chunk("data: end\n\n")));
}

TEST_CASE("what may wait unsent for a reader is as the service has it") {
  Site free;
  FakeStream& stream = free.connect();
  free.get(stream);
  CHECK(stream.most_unsent == 0);
  ServiceOptions options = with_events();
  options.unsent_bytes = 5000;
  Site site(options);
  FakeStream& limited = site.connect();
  site.get(limited);
  CHECK(limited.most_unsent == 5000);
}
