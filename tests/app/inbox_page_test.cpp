// What comes by HTTP to capability URLs: each status, who may read it, and that it tells nothing of what
// there is.
#include "server/app/inbox_page.hpp"

#include "tests/http/support.hpp"
#include "tests/services/inbox_world.hpp"

#include <stdexcept>

using namespace encke;
using namespace encke::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kCommon =
    "Cache-Control: no-store, no-cache, no-transform, must-revalidate, max-age=0\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n";

/// Loop 3 of 4, with the page at /inbox, a channel, and a stream to ask on.
struct InboxSite {
  explicit InboxSite(InboxOptions inbox = {}) : world(std::move(inbox)), shared(router) {
    auto page = std::make_unique<InboxPage>(world.desk);
    CHECK(InboxPage::answers("/in/x"));
    router.mount("/inbox", std::move(page));
    world.open_on(carrier);
    stream.set_owner(std::make_unique<http::Connection>(stream, shared));
  }
  std::string ask(std::string_view bytes) {
    stream.give(bytes);
    return undated(stream.sent());
  }
  std::string request(std::string_view method, const InboxUrl& url, std::string_view rest = "",
                      std::string_view fields = "", std::string_view body = "") {
    std::string text(method);
    (text += " /inbox") += url.path;
    text += rest;
    (text += " HTTP/1.1\r\nHost: a\r\n") += fields;
    if (method == "POST") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    (text += "\r\n") += body;
    return ask(text);
  }
  std::string post(const InboxUrl& url, std::string_view body, std::string_view fields = "") {
    return request("POST", url, "", fields, body);
  }
  void pass(Millis time) {
    world.pass(time);
    streams_loop.pass(time);
  }

  FakeCarrier carrier;
  InboxWorld world;
  FakeLoop streams_loop{3, 4};
  http::Router router;
  http::Shared shared;
  FakeStream stream{streams_loop};
};

std::string status(const std::string& answer) { return answer.substr(9, 3); }

std::string refused(int number, std::string_view body, std::string_view more = "", bool closes = false) {
  std::string text =
      "HTTP/1.1 " + std::to_string(number) + " " + std::string(http::reason_phrase(number)) + "\r\n";
  text += kCommon;
  text += "Content-Type: text/plain; charset=UTF-8\r\n";
  text += more;
  if (closes) text += "Connection: close\r\n";
  text += "Content-Length: " + std::to_string(body.size() + 1) + "\r\n\r\n";
  return text.append(body).append("\n");
}

const std::string kUnknown =
    refused(404, "there is no such URL: it never was, its time is up, or it was taken back");

}  // namespace

TEST_CASE("only paths of two segments from /in/ on are URLs: SockJS's sessions have three") {
  CHECK(InboxPage::answers("/in/"));
  CHECK(InboxPage::answers("/in/abc"));
  for (const std::string_view rest :
       {"", "/", "/in", "/inx/abc", "/in/abc/xhr", "/in/abc/", "/info", "/x/in/y"}) {
    CAPTURE(rest);
    CHECK_FALSE(InboxPage::answers(rest));
  }
}

TEST_CASE("a POST is delivered, and answered 204 on a connection that goes on") {
  InboxSite site;
  const InboxUrl url = site.world.give();
  const std::string expected = "HTTP/1.1 204 No Content\r\n" + std::string(kCommon) + "\r\n";
  CHECK(site.post(url, "hello") == expected);
  CHECK(site.post(url, "") == expected);
  CHECK(site.world.seen() == Seen{"1:hello", "1:"});
  CHECK(site.stream.open());
}

TEST_CASE("a POST may come in pieces, and in chunks") {
  InboxSite site;
  const InboxUrl url = site.world.give();
  const std::string head = "POST /inbox" + url.path + " HTTP/1.1\r\nHost: a\r\n";
  const std::string text = head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  for (const char& byte : text) site.stream.give({&byte, 1});
  CHECK(status(site.stream.sent()) == "204");
  CHECK(site.world.seen() == Seen{"1:abcde"});
}

TEST_CASE("what never was a URL, what was one, and what can be none are answered alike") {
  InboxSite site;
  CHECK(site.ask("POST /inbox/in/ HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n") == kUnknown);
  CHECK(site.ask("POST /inbox/in/x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n") == kUnknown);
  InboxUrl never = site.world.give();
  never.path[10] = never.path[10] == 'A' ? 'B' : 'A';
  const InboxUrl revoked = site.world.give();
  site.world.desk.revoke(*site.world.channel, revoked.id);
  const InboxUrl expired = site.world.give({.time = 1s});
  const InboxUrl closed = site.world.give();
  site.pass(1'100ms);
  site.world.channel->close();
  for (const InboxUrl& url : {never, revoked, expired, closed}) {
    CHECK(site.post(url, "x") == kUnknown);
    CHECK(site.request("GET", url, "?message=x&callback=f") == kUnknown);
    CHECK(site.request("PUT", url) == kUnknown);
    CHECK(site.request("OPTIONS", url) == kUnknown);
  }
  CHECK(site.request("HEAD", never) == kUnknown.substr(0, kUnknown.find("\r\n\r\n") + 4));
  CHECK(site.world.desk.ledger().now().refused_unknown == 19);
  CHECK(site.world.seen() == Seen{"expired"});
}

TEST_CASE("a body for what is no URL is refused before it has come") {
  InboxSite site;
  CHECK(status(site.ask("POST /inbox/in/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")) == "404");
  CHECK(!site.stream.open());
}

TEST_CASE("a URL that ends while its body comes is unknown") {
  InboxSite site;
  const InboxUrl url = site.world.give();
  site.stream.give("POST /inbox" + url.path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
  site.world.desk.revoke(*site.world.channel, url.id);
  site.world.turn.end();
  CHECK(site.ask("cd") == kUnknown);
  CHECK(site.world.seen().empty());
}

TEST_CASE("a URL of another loop's takes the connection there; one of a loop that there is not is unknown") {
  InboxSite site;
  InboxUrl url = site.world.give();
  url.path.back() = 'E';  // 4
  CHECK(site.post(url, "x") == kUnknown);
  url.path.back() = 'B';
  CHECK(site.post(url, "x").empty());
  CHECK(site.stream.state() == FakeStream::State::moved);
  CHECK(site.stream.moved_to() == 1);
  CHECK(site.stream.unread().starts_with("POST /inbox/in/"));
}

TEST_CASE(
    "methods that a URL does not take are refused with those that it does, HEAD too, and deliver nothing") {
  InboxSite site({.get = true});
  const InboxUrl post = site.world.give();
  const InboxUrl both = site.world.give({.get = true});
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
    CAPTURE(method);
    const std::string answer = site.request(method, post, "?message=x");
    CHECK(status(answer) == "405");
    CHECK(answer.find("\r\nAllow: POST\r\n") != std::string::npos);
  }
  for (const char* method : {"HEAD", "PUT", "OPTIONS"}) {
    CAPTURE(method);
    const std::string answer = site.request(method, both, "?message=x");
    CHECK(status(answer) == "405");
    CHECK(answer.find("\r\nAllow: POST, GET\r\n") != std::string::npos);
  }
  CHECK(site.world.seen().empty());
}

TEST_CASE("a GET delivers its parameter `message`, decoded, and nothing without one") {
  InboxSite site({.get = true});
  const InboxUrl url = site.world.give({.get = true});
  CHECK(status(site.request("GET", url, "?message=a%20b+c%C3%BC%26&x=1")) == "204");
  CHECK(status(site.request("GET", url, "?message=")) == "204");
  CHECK(site.world.seen() == Seen{"1:a b c\xc3\xbc&", "1:"});
  CHECK(site.request("GET", url) == refused(400, "expected ?message=TEXT"));
  CHECK(site.request("GET", url, "?messages=x") == refused(400, "expected ?message=TEXT"));
  CHECK(site.request("GET", url, "?message=%ff") == refused(400, "expected ?message= with text in UTF-8"));
  CHECK(status(site.request("GET", url, "?message=x&callback=f")) == "400");
  CHECK(site.world.seen().empty());
}

TEST_CASE("a script tag's GET calls its function once the message is delivered") {
  InboxSite site({.jsonp = true});
  const InboxUrl url = site.world.give({.jsonp = true});
  const std::string answer = site.request("GET", url, "?message=x&callback=a.b_1-c");
  CHECK(answer == "HTTP/1.1 200 OK\r\n" + std::string(kCommon) +
                      "Content-Type: application/javascript; charset=UTF-8\r\nContent-Length: 34\r\n\r\n"
                      "/**/a.b_1-c({\"delivered\":true});\r\n");
  CHECK(status(site.request("GET", url, "?message=y")) == "204");
  CHECK(site.world.seen() == Seen{"1:x", "1:y"});
  for (const char* callback :
       {"", "alert(1)//", "a%0a", "%3Cscript%3E", "[0]", "a12345678901234567890123456789012"}) {
    CAPTURE(callback);
    CHECK(status(site.request("GET", url, "?message=x&callback=" + std::string(callback))) == "400");
  }
  CHECK(site.world.seen().empty());
}

TEST_CASE("a body of max_bytes is taken, and a longer one is not, however it comes") {
  InboxSite site({.max_bytes = 10, .get = true});
  const InboxUrl url = site.world.give({.get = true});
  CHECK(status(site.post(url, "0123456789")) == "204");
  CHECK(status(site.request("GET", url, "?message=%30123456789")) == "204");
  CHECK(site.request("GET", url, "?message=0123456789a") ==
        refused(413, "the message is larger than 10 bytes"));
  CHECK(site.post(url, "0123456789a") == refused(413, "the message is larger than 10 bytes"));
  InboxSite chunks({.max_bytes = 10});
  const std::string head = "POST /inbox" + chunks.world.give().path + " HTTP/1.1\r\nHost: a\r\n";
  CHECK(status(chunks.ask(head + "Transfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n0\r\n\r\n")) ==
        "413");
  InboxSite huge;
  const std::string other = "POST /inbox" + huge.world.give().path + " HTTP/1.1\r\nHost: a\r\n";
  CHECK(huge.ask(other + "Content-Length: 1000000000000\r\n\r\n") ==
        refused(413, "the message is larger than 65536 bytes", "", true));
  CHECK(site.world.desk.ledger().now().refused_size == 2);
}

TEST_CASE("text is UTF-8, and other bytes are those whose type says so, or that are none") {
  InboxSite site({.most_rate = 100});
  std::vector<bool> texts;
  const InboxUrl url =
      site.world.desk.open(*site.world.channel, {}, {.deliver = [&texts](const Delivery& delivery) {
        texts.push_back(delivery.text);
        return true;
      }});
  const auto post = [&](std::string_view type, std::string_view body) {
    const std::string fields = type.empty() ? "" : "Content-Type: " + std::string(type) + "\r\n";
    return status(site.post(url, body, fields));
  };
  for (const char* type : {"text/plain", "TEXT/CSV; charset=UTF-8", "application/json", "application/ld+json",
                           "image/svg+xml", "application/x-www-form-urlencoded",
                           "text/plain; charset=\"utf-8\"", "text/plain;format=flowed;charset=us-ascii"}) {
    CAPTURE(type);
    CHECK(post(type, "gr\xc3\xbc\xc3\x9f") == "204");
    CHECK(texts.back());
    CHECK(post(type, "\xff") == "415");
  }
  CHECK(post("text/plain; charset=iso-8859-1", "x") == "415");
  CHECK(post("text/plain; charset=", "x") == "204");
  for (const char* type :
       {"application/octet-stream", "image/png", "multipart/form-data; boundary=x", "+json", "x"}) {
    CAPTURE(type);
    CHECK(post(type, "\xff") == "204");
    CHECK_FALSE(texts.back());
    CHECK(post(type, "plain") == "204");
    CHECK_FALSE(texts.back());
  }
  CHECK(post("", "plain") == "204");
  CHECK(texts.back());
  CHECK(post("", "\xed\xa0\x80") == "204");
  CHECK_FALSE(texts.back());
  CHECK(site.world.desk.ledger().now().refused_encoding == 9);
}

TEST_CASE(
    "beyond its rate a URL answers 429 with Retry-After, and beyond its messages without; neither reads the "
    "body") {
  InboxSite site;
  const InboxUrl url = site.world.give({.messages = 2, .rate = 1});
  CHECK(status(site.post(url, "x")) == "204");
  const std::string later = "Retry-After: 1\r\nAccess-Control-Expose-Headers: Retry-After\r\n";
  CHECK(site.post(url, "x") == refused(429, "too many messages a second; try again later", later));
  site.pass(1'000ms);
  CHECK(status(site.post(url, "x")) == "204");
  CHECK(site.post(url, "x") == refused(429, "this URL has delivered all the messages that it was good for"));
  CHECK(status(site.ask("POST /inbox" + url.path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n")) ==
        "429");
  const InboxCounts counts = site.world.desk.ledger().now();
  CHECK(counts.refused_rate == 1);
  CHECK(counts.refused_quota == 2);
}

TEST_CASE("a page without room is 503 with Retry-After, and the message does not count") {
  InboxSite site;
  const InboxUrl url = site.world.give({.messages = 1});
  site.world.room = false;
  CHECK(site.post(url, "x") == refused(503, "the page is behind with what it was sent; try again later",
                                       "Retry-After: 5\r\nAccess-Control-Expose-Headers: Retry-After\r\n"));
  site.world.room = true;
  CHECK(status(site.post(url, "x")) == "204");
}

TEST_CASE("a handler that throws is 500") {
  InboxSite site;
  const InboxUrl url =
      site.world.desk.open(*site.world.channel, {},
                           {.deliver = [](const Delivery&) -> bool { throw std::runtime_error("broken"); }});
  CHECK(site.post(url, "x") == refused(500, "the service failed"));
}

TEST_CASE("without cors_origins no page of another origin is told anything") {
  InboxSite site;
  const InboxUrl url = site.world.give();
  CHECK(site.post(url, "x", "Origin: https://a.example\r\n").find("Access-Control-Allow") ==
        std::string::npos);
}

TEST_CASE("with cors_origins its pages may read answers of every kind, and others may not") {
  InboxSite site({.cors_origins = {"https://a.example"}});
  const InboxUrl url = site.world.give();
  const std::string theirs = "Vary: Origin\r\nAccess-Control-Allow-Origin: https://a.example\r\n";
  const std::string origin = "Origin: https://a.example\r\n";
  CHECK(site.post(url, "x", origin).find(theirs) != std::string::npos);
  CHECK(site.post({.path = "/in/x"}, "x", origin).find(theirs) != std::string::npos);
  for (const char* other : {"Origin: https://b.example\r\n", "Origin: null\r\n", ""}) {
    CAPTURE(other);
    const std::string answer = site.post(url, "x", other);
    CHECK(status(answer) == "204");
    CHECK(answer.find("Vary: Origin\r\n") != std::string::npos);
    CHECK(answer.find("Allow-Origin") == std::string::npos);
  }
}

TEST_CASE("a preflight is answered alike for every token, and is for a POST of any type") {
  InboxSite site({.cors_origins = {"*"}});
  const std::string expected = "HTTP/1.1 204 No Content\r\n" + std::string(kCommon) +
                               "Access-Control-Allow-Origin: *\r\n"
                               "Access-Control-Allow-Methods: POST, GET\r\n"
                               "Access-Control-Allow-Headers: Content-Type\r\n"
                               "Access-Control-Max-Age: 600\r\n\r\n";
  CHECK(site.request("OPTIONS", site.world.give()) == expected);
  CHECK(site.request("OPTIONS", {.path = "/in/x"}) == expected);
  CHECK(site.request("OPTIONS", {.path = "/in/AAAAAAAAAAAAAAAAAAAAAAAA"}) == expected);
}
