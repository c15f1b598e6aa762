// XHR long polling.
#include "transports/xhr_poll/xhr_poll.hpp"

#include "tests/transports/receiver_rules.hpp"

using namespace encke;
using namespace encke::test;

namespace {

ReceiverRules rules() {
  return {.make = &make_xhr_poll,
          .method = "POST",
          .target = "xhr?t=1234",
          .type = "application/javascript; charset=UTF-8",
          .more_fields = "",
          .cross_origin = true,
          .prelude = "",
          .enveloped = [](std::string_view frame) { return std::string(frame) + "\n"; }};
}

std::string send(std::string_view body, std::string_view fields = "") {
  return "POST /s/0/x/xhr_send HTTP/1.1\r\nHost: h\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string status(const std::string& answer) { return answer.substr(9, 3); }

}  // namespace

TEST_CASE("xhr_poll: each request takes one frame") { check_poll(rules()); }

TEST_CASE("xhr_send delivers to an open session, and answers 204 (facts 1, 6)") {
  ServiceSite site(make_xhr_poll());
  FakeStream& browser = site.connect();
  site.ask(browser, rules().request());
  CHECK(site.ask(browser, send(R"(["a","b"])", "Origin: http://o\r\n")) ==
        "HTTP/1.1 204 No Content\r\n"
        "Cache-Control: no-store, no-cache, no-transform, must-revalidate, max-age=0\r\n"
        "Access-Control-Allow-Origin: http://o\r\n"
        "Access-Control-Allow-Credentials: true\r\n"
        "Vary: Origin\r\n"
        "Content-Type: text/plain; charset=UTF-8\r\n"
        "\r\n");
  CHECK(site.seen() == Seen{"m:a", "m:b"});
  CHECK(status(site.ask(browser, send("[]"))) == "204");
  CHECK(site.seen() == Seen{});
}

TEST_CASE("a send that is wrong leaves the session as it was (facts 6)") {
  ServiceSite site(make_xhr_poll());
  FakeStream& browser = site.connect();
  CHECK(status(site.ask(browser, send(R"(["a"])"))) == "404");
  CHECK(site.sessions() == 0);
  site.ask(browser, rules().request());
  for (const auto& [body, text] :
       {std::pair{"", "Payload expected."}, {"[\"a", "Broken JSON encoding."}, {"{}", "Payload expected."}}) {
    const std::string answer = site.ask(browser, send(body));
    CHECK(status(answer) == "500");
    CHECK(answer.find(text) != std::string::npos);
    CHECK(answer.find("Access-Control-Allow-Origin: *\r\n") != std::string::npos);
  }
  CHECK(status(site.ask(browser, send(R"(["good"])"))) == "204");
  CHECK(site.seen() == Seen{"m:good"});
}

TEST_CASE("a message over max_message_bytes is 413, one of just as many bytes is not") {
  ServiceOptions options;
  options.max_message_bytes = 100;
  ServiceSite site(make_xhr_poll(), options);
  FakeStream& browser = site.connect();
  site.ask(browser, rules().request());
  CHECK(status(site.ask(browser, send("[\"" + std::string(101, 'x') + "\"]"))) == "413");
  CHECK(site.seen() == Seen{});
  CHECK(status(site.ask(browser, send("[\"" + std::string(100, 'x') + "\"]"))) == "204");
  CHECK(site.seen() == Seen{"m:" + std::string(100, 'x')});
}

TEST_CASE("what is sent to a closing session is dropped with 204 (facts 10)") {
  ServiceSite site(make_xhr_poll());
  FakeStream& browser = site.connect();
  site.ask(browser, rules().request());
  site.channel->close(3000, "Go away!");
  CHECK(status(site.ask(browser, send(R"(["late"])"))) == "204");
  CHECK(site.seen() == Seen{"c:3000 Go away!"});
}
