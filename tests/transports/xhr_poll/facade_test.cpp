// The facade's sessions over polls: when a send is answered (PROTOCOL 6.8), and whose a session is (6.2).
#include "transports/xhr_poll/xhr_poll.hpp"

#include "tests/transports/support.hpp"

using namespace encke;
using namespace encke::test;

namespace {

struct Page {
  explicit Page(const ServiceOptions& options = {}) : site(make_xhr_poll(), options) {
    const std::string answer = site.ask(post("open", ""));
    const std::size_t at = answer.find("\"session\":\"") + 11;
    key = answer.substr(at, answer.find('"', at) - at);
  }

  static std::string post(std::string_view target, std::string_view body, std::string_view fields = "") {
    return "POST /s/encke.1/" + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + std::string(fields) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  }
  /// Status and body of the answer; empty where there is none yet.
  static std::string verdict(const std::string& answer) {
    if (answer.empty()) return answer;
    return answer.substr(9, 4) + answer.substr(answer.find("\r\n\r\n") + 4);
  }
  std::string ask(std::string_view target, std::string_view body, std::string_view fields = "") {
    return verdict(site.ask(post(key + "/" + std::string(target), body, fields)));
  }
  /// The same on a connection whose answer may come later.
  FakeStream& begin(std::string_view target, std::string_view body) {
    FakeStream& stream = site.connect();
    stream.give(post(key + "/" + std::string(target), body));
    return stream;
  }

  ServiceSite site;
  std::string key;
};

}  // namespace

TEST_CASE("6.2 the service hears of a session when its first carrier comes; without one it is forgotten") {
  Page page;
  CHECK(page.key.size() == 36);
  CHECK(page.site.channel == nullptr);
  CHECK(page.site.facade_sessions() == 1);
  page.site.loop.pass(Millis{61'000});
  CHECK(page.site.facade_sessions() == 0);
  CHECK(page.site.seen() == Seen{});
  Page other;
  CHECK(other.ask("xhr?n=1&a=0&w=0", "") == "200 k0\n");
  CHECK(other.site.channel != nullptr);
}

TEST_CASE("6.2 a session belongs to the first origin that is told, by Origin or by Referer") {
  Page page;
  CHECK(page.ask("xhr?n=1&a=0&w=0", "", "Referer: http://a.example/page?x\r\n") == "200 k0\n");
  CHECK(page.ask("xhr?n=2&a=0&w=0", "", "Origin: http://b.example\r\n") ==
        "403 e[403,\"this session was opened by a page of another origin\"]\n");
  CHECK(page.ask("xhr_send?s=0&a=0", "a[\"x\"]", "Referer: http://b.example/\r\n").substr(0, 3) == "403");
  CHECK(page.ask("xhr_send?s=0&a=0", "a[\"x\"]", "Origin: http://a.example\r\n") == "200 k1\n");
  CHECK(page.ask("xhr?n=2&a=0&w=0", "") == "200 k1\n");
  CHECK(page.site.seen() == Seen{"m:x"});
}

TEST_CASE("6.9 a request that is refused for something else does not make the session its origin's") {
  Page page;
  CHECK(page.ask("xhr?n=1", "", "Origin: http://b.example\r\n").substr(0, 3) == "400");
  CHECK(page.ask("xhr_send?s=1&a=0", "a[\"x\"]", "Origin: http://b.example\r\n").substr(0, 3) == "409");
  CHECK(page.ask("xhr?n=1&a=0&w=0", "", "Origin: http://a.example\r\n") == "200 k0\n");
  CHECK(page.ask("xhr?n=2&a=0&w=0", "", "Origin: http://b.example\r\n").substr(0, 3) == "403");
}

TEST_CASE(
    "6.8 the answer to a send is held while the service pauses; only what it was given is acknowledged") {
  Page page;
  page.ask("xhr?n=1&a=0&w=0", "");
  page.site.channel->pause();
  FakeStream& held = page.begin("xhr_send?s=0&a=0", "a[\"x\",\"y\"]");
  CHECK(held.sent().empty());
  CHECK(page.site.seen() == Seen{});
  CHECK(page.ask("xhr_send?a=0", "q") == "200 k0\n");
  page.site.channel->resume();
  page.site.loop.turn.end();
  CHECK(Page::verdict(held.sent()) == "200 k2\n");
  CHECK(page.site.seen() == Seen{"m:x", "m:y"});
}

TEST_CASE("6.8 a held answer leaves after 20 seconds, and what it was for is kept") {
  Page page;
  page.ask("xhr?n=1&a=0&w=0", "");
  page.site.channel->pause();
  FakeStream& held = page.begin("xhr_send?s=0&a=0", "a[\"x\"]");
  page.site.loop.pass(Millis{19'900});
  CHECK(held.sent().empty());
  page.site.loop.pass(Millis{200});
  CHECK(Page::verdict(held.sent()) == "200 k0\n");
  CHECK(page.ask("xhr_send?s=0&a=0", "") == "200 k0\n");
  page.site.channel->resume();
  page.site.loop.turn.end();
  CHECK(page.site.seen() == Seen{"m:x"});
  CHECK(page.ask("xhr_send?s=0&a=0", "a[\"x\"]") == "200 k1\n");
  CHECK(page.site.seen() == Seen{});
}

TEST_CASE("6.8 of sends that are held together the earlier one is answered; a lost one is forgotten") {
  Page page;
  page.ask("xhr?n=1&a=0&w=0", "");
  page.site.channel->pause();
  FakeStream& first = page.begin("xhr_send?s=0&a=0", "a[\"x\"]");
  FakeStream& second = page.begin("xhr_send?s=0&a=0", "a[\"x\",\"y\"]");
  CHECK(Page::verdict(first.sent()) == "200 k0\n");
  CHECK(second.sent().empty());
  second.lose();
  page.site.channel->resume();
  page.site.loop.turn.end();
  CHECK(page.site.seen() == Seen{"m:x", "m:y"});
}

TEST_CASE("6.5 a carrier that was overtaken by an acknowledgement says where it begins") {
  Page page;
  page.ask("xhr?n=1&a=0&w=0", "");
  page.site.say("x");
  CHECK(page.ask("xhr?n=2&a=0", "") == "200 a[\"x\"]\n");
  CHECK(page.ask("xhr_send?a=1", "") == "200 k0\n");
  page.site.say("y");
  CHECK(page.ask("xhr?n=3&a=0", "") == "200 s1\na[\"y\"]\n");
  CHECK(page.ask("xhr?n=4&a=3", "").substr(0, 3) == "400");
}

TEST_CASE(
    "6.4 q is answered by the carrier too, so that a page sees whether it brings things; an empty body is "
    "not") {
  Page page;
  page.ask("xhr?n=1&a=0&w=0", "");
  FakeStream& carrier = page.begin("xhr?n=2&a=0", "");
  CHECK(page.ask("xhr_send?s=0&a=0", "") == "200 k0\n");
  CHECK(carrier.sent().empty());
  CHECK(page.ask("xhr_send?s=0&a=0", "q") == "200 k0\n");
  page.site.loop.turn.end();
  CHECK(Page::verdict(carrier.sent()) == "200 k0\n");
}

TEST_CASE("6.10 the page's close waits for what the service has not been given") {
  Page page;
  page.ask("xhr?n=1&a=0&w=0", "");
  page.site.channel->pause();
  FakeStream& held = page.begin("xhr_send?s=0&a=0", "a[\"x\"]\nc[1000,\"bye\"]");
  page.site.loop.turn.end();
  CHECK(page.site.seen() == Seen{});
  page.site.channel->resume();
  page.site.loop.turn.end();
  CHECK(page.site.seen() == Seen{"m:x", "c:1000 bye"});
  CHECK(Page::verdict(held.sent()) == "200 k1\n");
  CHECK(page.site.facade_sessions() == 0);
}
