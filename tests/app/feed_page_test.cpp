// A feed's page on an HTTP connection: what its readers get, and what becomes of a service that throws.
#include "server/app/feed_page.hpp"
#include "tests/http/support.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace encke;
using namespace encke::test;

namespace {

constexpr std::string_view kGet = "GET /feed HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: image/gif\r\n"
    "Cache-Control: no-store, no-cache, no-transform, must-revalidate, max-age=0\r\n"
    "X-Accel-Buffering: no\r\n"
    "X-Content-Type-Options: nosniff\r\n";

/// A site with a feed at /feed.
struct FeedSite : Site {
  explicit FeedSite(FeedService service) {
    const auto fault = [this](std::string_view what) { log.emplace_back(what); };
    router.mount("/feed", make_feed_page("image/gif", std::move(service), fault));
  }
};

std::string chunked(std::string_view body) {
  return std::string(kHead).append("Transfer-Encoding: chunked\r\n\r\n").append(body);
}

}  // namespace

TEST_CASE("a feed is chunked, lasts, and ends in order; the connection goes on") {
  Feed* open = nullptr;
  FeedSite site([&open](Feed& feed) {
    open = &feed;
    CHECK(feed.write("begin"));
  });
  CHECK(site.ask(kGet) == chunked("5\r\nbegin\r\n"));
  CHECK(open->write(""));
  CHECK(open->write("more"));
  open->end();
  CHECK_FALSE(open->write("too late"));
  open->end();
  site.stream.settle();
  CHECK(site.stream.sent() == "4\r\nmore\r\n0\r\n\r\n");
  CHECK(site.ask("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("hello"));
}

TEST_CASE("to HTTP/1.0 a feed ends with the connection") {
  FeedSite site([](Feed& feed) {
    feed.write("all");
    feed.end();
  });
  site.stream.give("GET /feed HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(outcome(site) == std::string(kHead) + "Connection: close\r\n\r\nall|closed");
}

TEST_CASE("HEAD gets what GET gets but the body, and the service is not called") {
  FeedSite site([](Feed&) { FAIL("called"); });
  CHECK(site.ask("HEAD /feed HTTP/1.1\r\nHost: a\r\n\r\n") == chunked(""));
  CHECK(site.ask("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("hello"));
}

TEST_CASE("a feed answers GET and HEAD at its own path only") {
  FeedSite site([](Feed&) { FAIL("called"); });
  CHECK(site.ask("POST /feed HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").starts_with("HTTP/1.1 405 "));
  CHECK(site.ask("GET /feed/x HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 404 "));
}

TEST_CASE("a reader that has much still to take misses what comes, and nothing else") {
  Feed* open = nullptr;
  FeedSite site([&open](Feed& feed) { open = &feed; });
  site.stream.take_only(0);
  site.stream.give(kGet);
  const std::string piece(40'000, 'x');
  CHECK(open->write(piece));
  CHECK(open->write(piece));
  CHECK_FALSE(open->write("missed"));
  site.stream.drain();
  CHECK(open->write("z"));
  site.stream.settle();
  const std::string sent = site.stream.sent();
  CHECK(sent.ends_with("x\r\n1\r\nz\r\n"));
  CHECK(sent.find("missed") == std::string::npos);
}

TEST_CASE("on_close comes once, when the reader goes; end() and write() in it do nothing") {
  int closed = 0;
  Feed* open = nullptr;
  FeedSite site([&](Feed& feed) {
    open = &feed;
    feed.on_close([&] {
      ++closed;
      CHECK_FALSE(feed.write("x"));
      feed.end();
    });
  });
  site.stream.give(kGet);
  CHECK(closed == 0);
  site.stream.lose();
  CHECK(closed == 1);
}

TEST_CASE("on_close does not come after end()") {
  int closed = 0;
  FeedSite site([&closed](Feed& feed) {
    feed.on_close([&closed] { ++closed; });
    feed.end();
  });
  site.stream.give(kGet);
  site.stream.lose();
  CHECK(closed == 0);
}

TEST_CASE("an exception that leaves the service is told, and ends the response") {
  const auto thrower = [](const std::function<void()>& thrown) {
    FeedSite site([&thrown](Feed& feed) {
      feed.write("x");
      thrown();
    });
    CHECK(site.ask(kGet) == chunked("1\r\nx\r\n0\r\n\r\n"));
    return site.seen();
  };
  CHECK(thrower([] { throw std::runtime_error("broken"); }) == std::vector<std::string>{"broken"});
  CHECK(thrower([] { throw 1; }) == std::vector<std::string>{"an exception of an unknown type"});
}

TEST_CASE("an exception behind end() is told, and nothing more") {
  FeedSite site([](Feed& feed) {
    feed.end();
    throw std::runtime_error("broken");
  });
  CHECK(site.ask(kGet) == chunked("0\r\n\r\n"));
  CHECK(site.seen() == std::vector<std::string>{"broken"});
}

TEST_CASE("an exception that leaves on_close is told") {
  FeedSite site([](Feed& feed) { feed.on_close([] { throw std::runtime_error("broken"); }); });
  site.stream.give(kGet);
  site.stream.lose();
  CHECK(site.seen() == std::vector<std::string>{"broken"});
}
