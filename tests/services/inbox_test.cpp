// What pages and the service of capability URLs say to each other (docs/inbox.md).
#include "server/services/inbox.hpp"

#include "tests/services/inbox_world.hpp"

#include <nlohmann/json.hpp>

using namespace encke;
using namespace encke::test;
using namespace std::chrono_literals;

namespace {

using Json = nlohmann::json;

struct Page {
  explicit Page(InboxOptions inbox = {}, std::deque<FakeCarrier::Step> script = {},
                std::size_t outbox = 1u << 20)
      : carrier(std::move(script)), world(std::move(inbox), services::inbox()) {
    ServiceOptions options;
    options.slow_reader = SlowReader::block;
    options.outbox_bytes = outbox;
    world.sessions->set_options(options);
    session = &world.open_on(carrier);
    CHECK(carrier.said() == "o");
  }
  std::string ask(std::string_view request) {
    session->receive(Message::text(request));
    world.turn.end();
    return said();
  }
  std::string said() {
    const std::string text = carrier.said();
    return text.starts_with("m:") ? text.substr(2) : text;
  }
  Json open(std::string_view wish = "{}") {
    return Json::parse(ask(R"({"open":)" + std::string(wish) + "}"));
  }
  services::InboxDesk::Outcome deliver(const Json& url, const Delivery& delivery) {
    const auto outcome = world.desk.deliver(std::string(url["path"]).substr(4), delivery);
    world.turn.end();
    return outcome;
  }

  FakeCarrier carrier;
  InboxWorld world;
  Session* session = nullptr;
};

}  // namespace

TEST_CASE("a page that asks for a URL is told its number, its path and its terms") {
  Page page;
  Json url = page.open();
  CHECK(std::string(url["path"]).starts_with("/in/"));
  url.erase("path");
  CHECK(url == Json{{"opened", 1}, {"seconds", 3600}, {"messages", 1000}, {"rate", 10}});
}

TEST_CASE("what was asked for is what it gets") {
  Page page({.jsonp = true});
  Json url = page.open(R"({"seconds": 5, "messages": 6, "rate": 7, "jsonp": true})");
  url.erase("path");
  CHECK(url ==
        Json{{"opened", 1}, {"seconds", 5}, {"messages", 6}, {"rate", 7}, {"get", true}, {"jsonp", true}});
}

TEST_CASE("text comes as it is, other bytes in base64") {
  Page page;
  const Json url = page.open();
  page.deliver(url, {.method = "POST", .type = "text/plain", .body = "gr\xc3\xbc\xc3\x9f\"e\n"});
  CHECK(page.said() == R"({"id":1,"method":"POST","type":"text/plain","body":"grüß\"e\n"})");
  page.deliver(url, {.method = "POST", .type = "", .body = "\xff", .text = false});
  CHECK(page.said() == R"({"id":1,"method":"POST","type":"","body":"/w==","base64":true})");
  page.deliver(url, {.method = "POST", .type = "\xff", .body = ""});
  CHECK(page.said() == "{\"id\":1,\"method\":\"POST\",\"type\":\"\xef\xbf\xbd\",\"body\":\"\"}");
}

TEST_CASE("a page takes a URL back, once, and only one that it has") {
  Page page;
  const Json url = page.open();
  CHECK(page.ask(R"({"close":1})") == R"({"closed":1,"reason":"revoked"})");
  CHECK(page.deliver(url, {}).why == services::InboxRefusal::unknown);
  for (const char* id : {"1", "2", "0", "-1", "\"1\"", "1.5", "null", "18446744073709551615", "4294967297"}) {
    CAPTURE(id);
    CHECK(page.ask(R"({"close":)" + std::string(id) + "}").starts_with(R"({"error":"close: found )"));
  }
}

TEST_CASE("a page is told that a URL's time is up") {
  Page page;
  page.open(R"({"seconds": 1})");
  page.world.pass(1'100ms);
  CHECK(page.said() == R"({"closed":1,"reason":"expired"})");
}

TEST_CASE("what a page says wrong is answered with what was expected, and opens nothing") {
  Page page;
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"", R"(found no JSON, expected {"open": {...}} or {"close": ID})"},
      {"{", R"(found no JSON, expected {"open": {...}} or {"close": ID})"},
      {"\xff", R"(found no JSON, expected {"open": {...}} or {"close": ID})"},
      {"7", R"(found 7, expected {"open": {...}} or {"close": ID})"},
      {"[]", R"(found a list, expected {"open": {...}} or {"close": ID})"},
      {"{}", R"(found an object, expected {"open": {...}} or {"close": ID})"},
      {R"({"open":{},"close":1})", R"(found an object, expected {"open": {...}} or {"close": ID})"},
      {R"({"opne":{}})", R"(found an object, expected {"open": {...}} or {"close": ID})"},
      {R"({"open":1})", "open: found 1, expected an object, which may be empty"},
      {R"({"open":{"time":1}})",
       "open: found the key \"time\", expected seconds, messages, rate, get or jsonp"},
      {R"({"open":{"seconds":0}})", "open: seconds: found 0, expected a whole number from 1 on"},
      {R"({"open":{"seconds":-1}})", "open: seconds: found -1, expected a whole number from 1 on"},
      {R"({"open":{"seconds":1.5}})", "open: seconds: found 1.5, expected a whole number from 1 on"},
      {R"({"open":{"messages":"1"}})", "open: messages: found \"1\", expected a whole number from 1 on"},
      {R"({"open":{"rate":[1]}})", "open: rate: found a list, expected a whole number from 1 on"},
      {R"({"open":{"rate":1000000001}})", "open: rate: found 1000000001, expected a whole number from 1 on"},
      {R"({"open":{"get":1}})", "open: get: found 1, expected true or false"},
      {R"({"open":{"get":true}})", "open: get: found true, but this service has no URLs that take GET"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.first);
    CHECK(Json::parse(page.ask(row.first)) == Json{{"error", row.second}});
  }
  CHECK(page.world.desk.ledger().now().given == 0);
  CHECK(page.session->is_open());
}

TEST_CASE("a message of 4096 bytes is read, and a longer one is not") {
  Page page;
  std::string request = R"({"open":{}})";
  request.resize(services::kMostInboxRequest, ' ');
  CHECK(page.ask(request).starts_with(R"({"opened":1,)"));
  CHECK(page.ask(request + " ") == R"({"error":"found a message of 4097 bytes, expected at most 4096"})");
}

TEST_CASE("what nests deep is refused as anything else") {
  Page page;
  const std::string deep = std::string(2'000, '[') + std::string(2'000, ']');
  CHECK(page.ask(deep).starts_with(R"({"error":"found a list, )"));
  CHECK(page.ask(R"({"close":)" + deep + "}").starts_with(R"({"error":"close: found a list, )"));
  CHECK(page.ask(R"({"open":{"get":)" + deep + "}}").starts_with(R"({"error":"open: get: found a list, )"));
}

TEST_CASE("what the page has no room for is refused, the page stays, and what it asks meanwhile waits") {
  using Verdict = services::InboxDesk::Verdict;
  Page page({}, {{1, Taken::Then::more}, {1, Taken::Then::wait}}, 1'000);
  const Json url = page.open(R"({"messages": 500, "rate": 10})");
  std::size_t taken = 0;
  const std::string body(100, 'x');
  while (page.deliver(url, {.method = "POST", .body = body}).verdict == Verdict::delivered) ++taken;
  CHECK(taken > 0);
  const auto refused = page.deliver(url, {.method = "POST", .body = body});
  CHECK(refused.verdict == Verdict::refused);
  CHECK(refused.why == services::InboxRefusal::room);
  CHECK(page.ask(R"({"close":999999999})").empty());
  CHECK(page.ask(R"({"close":1})").empty());
  CHECK(page.session->is_open());
  page.session->ready(page.carrier);
  page.world.turn.end();
  const std::string said = page.carrier.said();
  const std::size_t first = said.find("close: found 999999999");
  REQUIRE(first != std::string::npos);
  CHECK(said.find(R"({"closed":1,"reason":"revoked"})") > first);
  CHECK(page.deliver(url, {}).why == services::InboxRefusal::unknown);
}
