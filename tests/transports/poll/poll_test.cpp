// Plain polling.
#include "transports/poll/poll.hpp"

#include "tests/transports/receiver_rules.hpp"

using namespace encke;
using namespace encke::test;

namespace {

ReceiverRules rules() {
  return {.make = &make_poll,
          .method = "POST",
          .target = "poll",
          .type = "application/javascript; charset=UTF-8",
          .more_fields = "",
          .cross_origin = true,
          .prelude = "",
          .enveloped = [](std::string_view frame) { return std::string(frame) + "\n"; }};
}

std::string post(std::string_view target) {
  return "POST /s/encke.1/" + std::string(target) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";
}

/// Opens a session and returns its key.
std::string opened(ServiceSite& site) {
  const std::string answer = site.ask(post("open"));
  const std::size_t at = answer.find("\"session\":\"");
  REQUIRE(at != std::string::npos);
  return answer.substr(at + 11, 36);
}

std::string body(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

}  // namespace

TEST_CASE("4.13 a plain poll is answered at once: with what there is, or with a heartbeat") {
  ServiceSite site(make_poll());
  FakeStream& browser = site.connect();
  CHECK(site.ask(browser, rules().request()) == rules().poll_answer("o"));
  CHECK(site.ask(browser, rules().request()) == rules().poll_answer("h"));
  site.say("1");
  site.say("2");
  CHECK(site.ask(browser, rules().request()) == rules().poll_answer(R"(a["1","2"])"));
  CHECK(site.ask(browser, rules().request()) == rules().poll_answer("h"));
}

TEST_CASE("4.5, 4.13 each plain poll begins the disconnect delay anew") {
  ServiceSite site(make_poll());
  site.ask(rules().request());
  for (int count = 0; count < 10; ++count) {
    site.loop.pass(Millis{4'000});
    CHECK(site.ask(rules().request()) == rules().poll_answer("h"));
  }
  site.loop.pass(Millis{5'200});
  CHECK(site.seen() == Seen{"c:1006 the browser did not come back in time"});
}

TEST_CASE("4.4 the close frame is the answer to each plain poll behind it") {
  ServiceSite site(make_poll());
  site.ask(rules().request());
  site.send("last");
  site.channel->close(3000, "Go away!");
  site.loop.turn.end();
  CHECK(site.ask(rules().request()) == rules().poll_answer(R"(a["last"])"));
  CHECK(site.ask(rules().request()) == rules().poll_answer(kGoAway));
  CHECK(site.ask(rules().request()) == rules().poll_answer(kGoAway));
}

TEST_CASE(
    "6.7 of the facade's plain polls one that has nothing to tell says what was delivered, once, or h") {
  ServiceSite site(make_poll());
  const std::string key = opened(site);
  CHECK(body(site.ask(post(key + "/poll?n=1&a=0&w=0"))) == "k0\n");
  CHECK(body(site.ask(post(key + "/poll?n=2&a=0"))) == "h\n");
  site.say("x");
  CHECK(body(site.ask(post(key + "/poll?n=3&a=0"))) == "a[\"x\"]\n");
  CHECK(body(site.ask(post(key + "/poll?n=4&a=0"))) == "a[\"x\"]\n");
  CHECK(body(site.ask(post(key + "/poll?n=5&a=1"))) == "h\n");
  CHECK(body(site.ask(post(key + "/poll?n=5&a=1"))).starts_with("e[409,"));
}

TEST_CASE("6.7 a facade's session lives from plain poll to plain poll within the resume window") {
  ServiceSite site(make_poll());
  const std::string key = opened(site);
  for (int number = 1; number < 10; ++number) {
    CHECK(site.ask(post(key + "/poll?n=" + std::to_string(number) + "&a=0")).starts_with("HTTP/1.1 200"));
    site.loop.pass(Millis{55'000});
  }
  CHECK(site.facade_sessions() == 1);
  site.loop.pass(Millis{6'000});
  CHECK(site.facade_sessions() == 0);
}

TEST_CASE("6.2 pages are told to poll after poll_interval, or a third of the time that sessions are kept") {
  const auto told = [](Millis interval, Millis window) {
    ServiceOptions options;
    options.poll_interval = interval;
    options.resume_window = window;
    ServiceSite site(make_poll(), options);
    const std::string answer = site.ask(post("open"));
    const std::size_t at = answer.find("\"poll_interval\":");
    REQUIRE(at != std::string::npos);
    return std::stoi(answer.substr(at + 16));
  };
  CHECK(told(Millis{2'000}, Millis{60'000}) == 2'000);
  CHECK(told(Millis{20'000}, Millis{60'000}) == 20'000);
  CHECK(told(Millis{20'001}, Millis{60'000}) == 20'000);
  CHECK(told(Millis{2'000}, Millis{0}) == 1'666);
}
