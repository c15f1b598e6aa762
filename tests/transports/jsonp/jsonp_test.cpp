// Script tags.
#include "transports/jsonp/jsonp.hpp"

#include "tests/transports/receiver_rules.hpp"

using namespace encke;
using namespace encke::test;

namespace {

std::string quoted(std::string_view frame) {
  std::string out = "\"";
  for (const char letter : frame) {
    if (letter == '"' || letter == '\\') out += '\\';
    out += letter;
  }
  return out + '"';
}

ReceiverRules rules() {
  return {.make = &make_jsonp,
          .method = "GET",
          .target = "jsonp?c=%63all",
          .type = "application/javascript; charset=UTF-8",
          .more_fields = "X-Content-Type-Options: nosniff\r\n",
          .cross_origin = false,
          .prelude = "",
          .enveloped = [](std::string_view frame) { return "/**/call(" + quoted(frame) + ");\r\n"; }};
}

std::string send(std::string_view body, std::string_view type) {
  return "POST /s/0/x/jsonp_send HTTP/1.1\r\nHost: h\r\nContent-Type: " + std::string(type) +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

}  // namespace

TEST_CASE("jsonp: each script takes one frame") { check_poll(rules()); }

TEST_CASE("the callback: plain, and no longer than 32 (facts 6)") {
  ServiceSite site(make_jsonp());
  const auto status = [&](const std::string& callback) {
    return site.ask("GET /s/0/x/jsonp?c=" + callback + " HTTP/1.1\r\nHost: h\r\n\r\n").substr(9, 3);
  };
  CHECK(status(std::string(33, 'c')) == "500");
  CHECK(status("") == "500");
  CHECK(status("a%28") == "500");
  CHECK(site.sessions() == 0);
  CHECK(status(std::string(32, 'c')) == "200");
}

TEST_CASE("jsonp_send takes the field d, or a plain body, and says ok (facts 1, 6)") {
  ServiceSite site(make_jsonp());
  FakeStream& browser = site.connect();
  site.ask(browser, rules().request());
  CHECK(site.ask(browser, send("d=%5B%22a+b%22%5D", kForm)) ==
        "HTTP/1.1 200 OK\r\n"
        "Cache-Control: no-store, no-cache, no-transform, must-revalidate, max-age=0\r\n"
        "Content-Type: text/plain; charset=UTF-8\r\n"
        "Content-Length: 2\r\n\r\nok");
  CHECK(site.ask(browser, send(R"(["c%20d"])", "text/plain")).substr(9, 3) == "200");
  CHECK(site.seen() == Seen{"m:a b", "m:c%20d"});
  CHECK(site.ask(browser, send("", kForm)).find("Payload expected.") != std::string::npos);
  CHECK(site.ask(browser, send("d=", kForm)).find("Payload expected.") != std::string::npos);
  CHECK(site.ask(browser, send("x=y", kForm)).find("Payload expected.") != std::string::npos);
  CHECK(site.ask(browser, send("d=%5B%22", kForm)).find("Broken JSON encoding.") != std::string::npos);
  CHECK(site.seen() == Seen{});
}

TEST_CASE("6.8 what a jsonp_send brought is told by the carrier, also where the service takes it later") {
  ServiceSite site(make_jsonp());
  const std::string opened =
      site.ask("POST /s/encke.1/open HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  const std::size_t at = opened.find("\"session\":\"") + 11;
  const std::string path = "/s/encke.1/" + opened.substr(at, opened.find('"', at) - at);
  const auto poll = [&](std::string_view query) -> FakeStream& {
    FakeStream& stream = site.connect();
    stream.give("GET " + path + "/jsonp?c=call&a=0&" + std::string(query) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    return stream;
  };
  CHECK(poll("n=1&w=0").sent().ends_with("/**/call(\"k0\");\r\n"));
  site.channel->pause();
  FakeStream& form = site.connect();
  form.give("POST " + path +
            "/jsonp_send?s=0&a=0 HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\n"
            "a[\"x\"]");
  CHECK(form.sent().empty());
  CHECK(poll("n=2").sent().ends_with("/**/call(\"k0\");\r\n"));
  FakeStream& carrier = poll("n=3");
  CHECK(carrier.sent().empty());
  site.channel->resume();
  site.loop.turn.end();
  CHECK(form.sent().ends_with("k1\n"));
  CHECK(carrier.sent().ends_with("/**/call(\"k1\");\r\n"));
}
