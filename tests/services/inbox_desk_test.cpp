// Capability URLs: what they are, how long they live, how much they deliver, and what becomes of them.
#include "tests/services/inbox_world.hpp"

#include <set>
#include <stdexcept>

using namespace encke;
using namespace encke::test;
using namespace std::chrono_literals;

TEST_CASE("a URL is /in/ and 24 characters of base64url that name the loop; no two are alike") {
  FakeCarrier carrier;
  InboxWorld world({.most_urls = 1'000});
  world.open_on(carrier);
  std::set<std::string> seen;
  std::set<char> letters;
  for (int count = 0; count < 1'000; ++count) {
    const InboxUrl url = world.give();
    REQUIRE(url);
    CHECK(url.path.size() == 28);
    CHECK(url.path.starts_with("/in/"));
    CHECK(services::worker_of_token(url.path.substr(4)) == 3u);  // World's
    letters.insert(url.path[4]);
    CHECK(seen.insert(url.path.substr(4, 21)).second);  // 126 of the random bits
  }
  CHECK(letters.size() > 50);  // of 64; a fair generator misses 14 once in 10^90 runs
}

TEST_CASE("what has not the form of a token names no loop") {
  for (const std::string_view text : {"", "x", "AAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAA",
                                      "AAAAAAAAAAAAAAAAAAAAAA==", "AAAAAAAAAAAAAAAAAAAAAA+A",
                                      "AAAAAAAAAAAAAAAAAAAAAA/A", "AAAAAAAAAAAA AAAAAAAAAAA"}) {
    CAPTURE(text);
    CHECK_FALSE(services::worker_of_token(text).has_value());
  }
  CHECK(services::worker_of_token("AAAAAAAAAAAAAAAAAAAAAAAA") == 0u);
  CHECK(services::worker_of_token("AAAAAAAAAAAAAAAAAAAAAP__") == 65'535u);
}

TEST_CASE("what is sent to a URL comes to its channel, with the URL's number") {
  FakeCarrier carrier;
  InboxWorld world;
  world.open_on(carrier);
  const InboxUrl one = world.give();
  const InboxUrl two = world.give();
  CHECK(world.deliver(two, "b") == "delivered");
  CHECK(world.deliver(one, "a") == "delivered");
  CHECK(world.seen() == Seen{"2:b", "1:a"});
  CHECK(world.desk.ledger().now().delivered == 2);
}

TEST_CASE("a token that differs in one letter is no URL") {
  FakeCarrier carrier;
  InboxWorld world;
  world.open_on(carrier);
  const std::string token = InboxWorld::token_of(world.give());
  CHECK(world.desk.find(token) != nullptr);
  for (std::size_t at = 0; at < token.size(); ++at) {
    std::string other = token;
    other[at] = other[at] == 'A' ? 'B' : 'A';
    CAPTURE(at);
    CHECK(world.desk.find(other) == nullptr);
  }
  CHECK(world.desk.find(token + "A") == nullptr);
  CHECK(world.desk.find(token.substr(1)) == nullptr);
  CHECK(world.desk.find("") == nullptr);
}

TEST_CASE("a URL lives for as long as was asked, is told then, and is unknown afterwards") {
  FakeCarrier carrier;
  InboxWorld world;
  world.open_on(carrier);
  const InboxUrl url = world.give({.time = 10s});
  world.pass(9'950ms);
  CHECK(world.deliver(url) == "delivered");
  CHECK(world.seen() == Seen{"1:x"});
  world.pass(100ms);
  CHECK(world.seen() == Seen{"expired"});
  CHECK(world.deliver(url) == "unknown");
  const InboxCounts counts = world.desk.ledger().now();
  CHECK(counts.expired == 1);
  CHECK(counts.live == 0);
}

TEST_CASE("without a wish a URL lives an hour, or the most that the service grants where that is less") {
  FakeCarrier carrier;
  InboxWorld world;
  world.open_on(carrier);
  CHECK(world.give().terms.time == 3'600s);
  FakeCarrier other;
  InboxWorld brief({.most_time = 60s});
  brief.open_on(other);
  CHECK(brief.give().terms.time == 60s);
}

TEST_CASE("terms up to the service's maxima are granted, and those beyond are refused with a text") {
  FakeCarrier carrier;
  InboxWorld world({.most_time = 60s, .most_messages = 5, .most_rate = 3, .get = false});
  world.open_on(carrier);
  CHECK(world.give({.time = 60s, .messages = 5, .rate = 3}));
  CHECK(world.give({.time = 61s}).fault == "seconds: found 61, expected at most 60");
  CHECK(world.give({.time = -1s}).fault == "seconds: found -1, expected at most 60");
  CHECK(world.give({.messages = 6}).fault == "messages: found 6, expected at most 5");
  CHECK(world.give({.rate = 4}).fault == "rate: found 4, expected at most 3");
  CHECK(world.give({.get = true}).fault == "get: found true, but this service has no URLs that take GET");
  CHECK(world.give({.jsonp = true}).fault ==
        "jsonp: found true, but this service has no URLs that script tags can use");
  CHECK(world.desk.ledger().now().given == 1);
}

TEST_CASE("JSONP includes GET, in what a service grants and in what a URL takes") {
  FakeCarrier carrier;
  InboxWorld world({.jsonp = true});
  world.open_on(carrier);
  CHECK(world.give({.get = true}));
  CHECK(world.give({.jsonp = true}).terms.get);
}

TEST_CASE("a URL delivers as many messages as it is good for, and those that found no room do not count") {
  FakeCarrier carrier;
  InboxWorld world;
  world.open_on(carrier);
  const InboxUrl url = world.give({.messages = 2});
  CHECK(world.deliver(url) == "delivered");
  world.room = false;
  CHECK(world.deliver(url) == "room");
  world.room = true;
  CHECK(world.deliver(url) == "delivered");
  CHECK(world.deliver(url) == "quota");
  CHECK(world.desk.refusal(InboxWorld::token_of(url)) == services::InboxRefusal::quota);
}

TEST_CASE("a URL delivers so many messages at once and a second") {
  FakeCarrier carrier;
  InboxWorld world;
  world.open_on(carrier);
  const InboxUrl url = world.give({.rate = 2});
  CHECK(world.deliver(url) == "delivered");
  CHECK(world.deliver(url) == "delivered");
  CHECK(world.deliver(url) == "rate");
  world.pass(450ms);
  CHECK(world.deliver(url) == "delivered");  // something is in the bucket; it owes the rest
  CHECK(world.deliver(url) == "rate");
  world.pass(500ms);
  CHECK(world.deliver(url) == "delivered");
}

TEST_CASE("a channel has so many URLs at a time, and each channel as many") {
  FakeCarrier carrier;
  FakeCarrier other;
  InboxWorld world({.most_urls = 2});
  world.open_on(carrier, "one");
  CHECK(world.give());
  CHECK(world.give());
  CHECK(world.give().fault == "there are 2 URLs already, as many as one page may have; close one first");
  CHECK(world.desk.revoke(*world.channel, 1));
  CHECK(world.give().id == 3);
  world.open_on(other, "two");
  CHECK(world.give().id == 1);
}

TEST_CASE("a service has so many URLs at a time, of all its channels") {
  FakeCarrier carrier;
  FakeCarrier other;
  InboxWorld world({.most_live = 2});
  Session& session = world.open_on(carrier, "one");
  CHECK(world.give());
  CHECK(world.give());
  world.open_on(other, "two");
  CHECK(world.give().fault == "this service has given out as many URLs as it may; try again later");
  session.close(1000, "");
  session.detach(carrier, Detach::lost);
  world.pass(10s);
  CHECK(world.give());
  CHECK(world.desk.ledger().now().ended == 2);
  CHECK(world.desk.ledger().now().live == 1);
}

TEST_CASE("a URL that is revoked delivers nothing more, and only its own channel can revoke it") {
  FakeCarrier carrier;
  FakeCarrier other;
  InboxWorld world;
  world.open_on(carrier, "one");
  Channel& first = *world.channel;
  const InboxUrl url = world.give();
  world.open_on(other, "two");
  CHECK_FALSE(world.desk.revoke(*world.channel, url.id));
  CHECK(world.deliver(url) == "delivered");
  CHECK(world.desk.revoke(first, url.id));
  CHECK_FALSE(world.desk.revoke(first, url.id));
  CHECK(world.deliver(url) == "unknown");
  CHECK(world.desk.ledger().now().revoked == 1);
}

TEST_CASE("a closing channel's URLs are unknown at once, it gets no more, and they end with it") {
  FakeCarrier carrier;
  InboxWorld world;
  Session& session = world.open_on(carrier);
  const InboxUrl url = world.give({.time = 5s});
  world.channel->close();
  CHECK(world.deliver(url) == "unknown");
  CHECK(world.give().fault == "the channel is closing");
  world.turn.end();
  session.detach(carrier, Detach::lost);
  world.pass(10s);
  CHECK(world.sessions->size() == 0);
  CHECK(world.desk.ledger().now().live == 0);
  CHECK(world.seen().empty());  // not told that its time is up either
}

TEST_CASE("a channel without a carrier takes what comes until it is over") {
  InboxWorld world;
  Session& session = world.open();
  CHECK(world.poll(session) == "o");
  const InboxUrl url = world.give();
  CHECK(world.deliver(url) == "delivered");
  world.pass(world.options.disconnect_delay + 100ms);
  CHECK(world.sessions->size() == 0);
  CHECK(world.deliver(url) == "unknown");
}

TEST_CASE("a handler may revoke its URL, close its channel, and open others") {
  FakeCarrier carrier;
  InboxWorld world;
  world.open_on(carrier);
  InboxUrl revoking = world.desk.open(*world.channel, {}, {.deliver = [&world, id = 1u](const Delivery&) {
    return world.desk.revoke(*world.channel, id);
  }});
  CHECK(world.deliver(revoking) == "delivered");
  CHECK(world.deliver(revoking) == "unknown");
  InboxUrl opening = world.desk.open(
      *world.channel, {}, {.deliver = [&world](const Delivery&) { return static_cast<bool>(world.give()); }});
  CHECK(world.deliver(opening) == "delivered");
  CHECK(world.desk.ledger().now().live == 2);
  InboxUrl closing = world.desk.open(*world.channel, {}, {.deliver = [&world](const Delivery&) {
    world.channel->close();
    return false;
  }});
  CHECK(world.deliver(closing) == "unknown");  // and not that there was no room
}

TEST_CASE("a handler that is told of the end of its URL may open the next one") {
  FakeCarrier carrier;
  InboxWorld world({.most_urls = 1});
  world.open_on(carrier);
  InboxUrl next;
  world.desk.open(*world.channel, {.time = 1s},
                  {.deliver = [](const Delivery&) { return true; }, .expired = [&] { next = world.give(); }});
  world.pass(1'100ms);
  CHECK(next.id == 2);
  CHECK(world.deliver(next) == "delivered");
}

TEST_CASE("what leaves a handler as an exception closes the channel with 1011 and is told") {
  FakeCarrier carrier;
  InboxWorld world;
  world.open_on(carrier);
  const InboxUrl url = world.desk.open(
      *world.channel, {}, {.deliver = [](const Delivery&) -> bool { throw std::runtime_error("broken"); }});
  CHECK(world.deliver(url) == "failed");
  world.turn.end();
  CHECK(world.faults == Seen{"broken"});
  CHECK(carrier.said() == "o c:1011 the service failed");
  CHECK(world.deliver(url) == "unknown");
}
