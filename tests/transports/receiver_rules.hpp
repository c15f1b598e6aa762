// What every HTTP receiver must do, in exact bytes: each such transport's test calls these with what makes it
// different (facts of SockJS, parts 1, 5 and 10).
#pragma once

#include "tests/transports/support.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace encke::test {

struct ReceiverRules {
  std::function<std::unique_ptr<Transport>()> make;
  std::string_view method;                                 ///< "POST"
  std::string_view target;                                 ///< behind /s/0/<session>/, query included
  std::string_view type;                                   ///< Content-Type
  std::string_view more_fields;                            ///< behind it
  bool cross_origin;                                       ///< CORS fields
  std::string prelude;                                     ///< of streams
  std::function<std::string(std::string_view)> enveloped;  ///< a frame in the body
  std::string epilogue{};                                  ///< behind the last frame of a stream

  std::string request(std::string_view session = "x", std::string_view version = "1.1",
                      std::string_view fields = "") const {
    return std::string(method) + " /s/0/" + std::string(session) + "/" + std::string(target) + " HTTP/" +
           std::string(version) + "\r\nHost: h\r\n" + std::string(fields) + "\r\n";
  }
  std::string fields(std::string_view origin = {}) const {
    std::string text = "Cache-Control: no-store, no-cache, no-transform, must-revalidate, max-age=0\r\n";
    if (cross_origin && origin.empty()) text += "Access-Control-Allow-Origin: *\r\nVary: Origin\r\n";
    if (cross_origin && !origin.empty()) {
      text += "Access-Control-Allow-Origin: " + std::string(origin) +
              "\r\nAccess-Control-Allow-Credentials: true\r\nVary: Origin\r\n";
    }
    return text + "Content-Type: " + std::string(type) + "\r\n" + std::string(more_fields);
  }
  /// A poll's answer.
  std::string poll_answer(std::string_view frame, std::string_view connection = "") const {
    const std::string body = enveloped(frame);
    return "HTTP/1.1 200 OK\r\n" + fields() + std::string(connection) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  /// The beginning of a stream's answer, prelude included.
  std::string stream_head(std::string_view origin = {}) const {
    return "HTTP/1.1 200 OK\r\n" + fields(origin) +
           "X-Accel-Buffering: no\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(prelude);
  }
  /// The end of a stream's answer.
  std::string end() const { return (epilogue.empty() ? "" : chunk(epilogue)) + "0\r\n\r\n"; }
  std::string frame_chunk(std::string_view frame) const { return chunk(enveloped(frame)); }
};

inline constexpr std::string_view kSecond = R"(c[2010,"Another connection still open"])";
inline constexpr std::string_view kGoAway = R"(c[3000,"Go away!"])";

inline void check_poll_exchange(const ReceiverRules& rules) {
  ServiceSite site(rules.make());
  FakeStream& browser = site.connect();
  CHECK(site.ask(browser, rules.request()) == rules.poll_answer("o"));
  CHECK(site.ask(browser, rules.request()) == "");
  site.say("hello");
  CHECK(undated(browser.sent()) == rules.poll_answer(R"(a["hello"])"));
  for (const char* text : {"1", "2", "3"}) site.say(text);
  CHECK(site.ask(browser, rules.request()) == rules.poll_answer(R"(a["1","2","3"])"));
  CHECK(site.ask(browser, rules.request()) == "");
  site.loop.pass(Millis{24'900});
  CHECK(browser.sent() == "");
  site.loop.pass(Millis{200});
  CHECK(undated(browser.sent()) == rules.poll_answer("h"));
  CHECK(site.seen() == Seen{});
}

inline void check_poll_ends(const ReceiverRules& rules) {
  {  // closed by the application while a poll waits, and told again to those that come later
    ServiceSite site(rules.make());
    FakeStream& browser = site.connect();
    site.ask(browser, rules.request());
    site.ask(browser, rules.request());
    site.send("last");
    site.channel->close(3000, "Go away!");
    site.loop.turn.end();
    CHECK(undated(browser.sent()) == rules.poll_answer(R"(a["last"])"));
    CHECK(site.ask(browser, rules.request()) == rules.poll_answer(kGoAway));
    CHECK(site.ask(browser, rules.request()) == rules.poll_answer(kGoAway));
    CHECK(site.seen() == Seen{"c:3000 Go away!"});
    site.loop.pass(Millis{5'200});
    CHECK(site.sessions() == 0);
  }
  {  // a second receiver
    ServiceSite site(rules.make());
    FakeStream& first = site.connect();
    site.ask(first, rules.request());
    site.ask(first, rules.request());
    CHECK(site.ask(rules.request()) == rules.poll_answer(kSecond));
    site.say("still");
    CHECK(undated(first.sent()) == rules.poll_answer(R"(a["still"])"));
  }
  {  // lost while it waits, and while it does not
    ServiceSite site(rules.make());
    FakeStream& browser = site.connect();
    site.ask(browser, rules.request());
    site.ask(browser, rules.request());
    browser.lose();
    CHECK(site.seen() == Seen{"c:1006 the connection was lost"});
    FakeStream& next = site.connect();
    CHECK(site.ask(next, rules.request()) == rules.poll_answer("o"));
    next.lose();
    CHECK(site.seen() == Seen{});
    site.loop.pass(Millis{5'200});
    CHECK(site.seen() == Seen{"c:1006 the browser did not come back in time"});
  }
  {  // HTTP/1.0
    ServiceSite site(rules.make());
    FakeStream& old = site.connect();
    CHECK(site.ask(old, rules.request("x", "1.0")) == rules.poll_answer("o", "Connection: close\r\n"));
    CHECK(old.state() == FakeStream::State::closed);
  }
}

inline void check_stream_exchange(const ReceiverRules& rules) {
  ServiceSite site(rules.make());
  FakeStream& browser = site.connect();
  CHECK(site.ask(browser, rules.request()) == rules.stream_head() + rules.frame_chunk("o"));
  site.say("hello");
  CHECK(browser.sent() == rules.frame_chunk(R"(a["hello"])"));
  site.loop.pass(Millis{25'100});
  CHECK(browser.sent() == rules.frame_chunk("h"));
  site.loop.pass(Millis{25'000});
  CHECK(browser.sent() == rules.frame_chunk("h"));
  site.send("last");
  site.channel->close(3000, "Go away!");
  site.loop.turn.end();
  CHECK(browser.sent() == rules.frame_chunk(R"(a["last"])") + rules.frame_chunk(kGoAway) + rules.end());
  CHECK(site.seen() == Seen{"c:3000 Go away!"});
  // The connection lives on, and the session for those that come later.
  CHECK(site.ask(browser, rules.request()) == rules.stream_head() + rules.frame_chunk(kGoAway) + rules.end());
  CHECK(site.ask(browser, rules.request("y", "1.1", "Origin: http://o\r\n")) ==
        rules.stream_head("http://o") + rules.frame_chunk("o"));
}

inline void check_stream_limit(const ReceiverRules& rules) {
  // The response that holds exactly the limit is over; frames count with their envelopes, the prelude not.
  const std::string frame = rules.enveloped(R"(a["1234567890"])");
  for (const int short_of : {0, 1}) {
    ServiceOptions options;
    options.response_limit =
        rules.enveloped("o").size() + 2 * frame.size() - static_cast<std::size_t>(short_of);
    ServiceSite site(rules.make(), options);
    FakeStream& browser = site.connect();
    site.ask(browser, rules.request());
    site.say("1234567890");
    CHECK(browser.sent() == chunk(frame));
    site.say("1234567890");
    CHECK(browser.sent() == chunk(frame) + rules.end());
    site.say("next");
    CHECK(browser.sent() == "");
    CHECK(site.ask(browser, rules.request()) == rules.stream_head() + rules.frame_chunk(R"(a["next"])"));
  }
  ServiceOptions options;
  options.response_limit = rules.enveloped("o").size() + frame.size() + 1;
  ServiceSite site(rules.make(), options);
  FakeStream& browser = site.connect();
  site.ask(browser, rules.request());
  for (int count = 0; count < 3; ++count) site.send("1234567890");
  site.loop.turn.end();
  CHECK(browser.sent() == chunk(frame) + chunk(frame) + rules.end());
  CHECK(site.ask(browser, rules.request()) == rules.stream_head() + chunk(frame));
}

inline void check_stream_second_and_lost(const ReceiverRules& rules) {
  ServiceSite site(rules.make());
  FakeStream& first = site.connect();
  site.ask(first, rules.request());
  CHECK(site.ask(rules.request()) == rules.stream_head() + rules.frame_chunk(kSecond) + rules.end());
  site.say("still");
  CHECK(first.sent() == rules.frame_chunk(R"(a["still"])"));
  first.lose();
  CHECK(site.seen() == Seen{"c:1006 the connection was lost"});
  FakeStream& next = site.connect();
  CHECK(site.ask(next, rules.request()) == rules.stream_head() + rules.frame_chunk("o"));

  // Lost when it is full, and between two responses.
  next.take_only(0);
  for (int count = 0; count < 4; ++count) site.send(std::string(50'000, 'x'));
  site.loop.turn.end();
  next.lose();
  CHECK(site.seen() == Seen{"c:1006 the connection was lost"});
  CHECK(site.sessions() == 0);
}

inline void check_stream_slow_reader(const ReceiverRules& rules) {
  ServiceOptions options;
  options.response_limit = 100'000'000;
  ServiceSite site(rules.make(), options);
  FakeStream& browser = site.connect();
  site.ask(browser, rules.request());
  browser.take_only(0);
  std::string expected;
  const std::string filling(10'000, 'f');
  for (int count = 0; count < 50; ++count) {
    const std::string text = std::to_string(count) + filling;
    site.say(text);
    expected += rules.frame_chunk("a[\"" + text + "\"]");
  }
  CHECK(browser.queued() > 64 * 1024);
  CHECK(browser.queued() < 256 * 1024);
  CHECK(site.channel->buffered() > 100'000);
  std::string received;
  for (int rounds = 0; received.size() < expected.size() && rounds < 100; ++rounds) {
    browser.take_only(40'000);
    browser.settle();
    received += browser.sent();
    CHECK(browser.queued() < 256 * 1024);
  }
  CHECK(received == expected);
  CHECK(site.channel->buffered() == 0);
  browser.drain();
  site.say("go on");
  CHECK(browser.sent() == rules.frame_chunk(R"(a["go on"])"));
}

inline void check_stream_falls_behind(const ReceiverRules& rules) {
  ServiceOptions options;
  options.outbox_bytes = 100'000;
  ServiceSite site(rules.make(), options);
  FakeStream& browser = site.connect();
  site.ask(browser, rules.request());
  browser.take_only(0);
  bool sent = true;
  for (int count = 0; sent && count < 100; ++count) {
    sent = site.channel->send(std::string(10'000, 'x'));
    site.loop.turn.end();
  }
  CHECK_FALSE(sent);
  CHECK(browser.state() == FakeStream::State::aborted);
  CHECK(site.seen() == Seen{"c:1008 the reader fell behind by more than 100000 bytes"});
}

inline void check_stream_http10(const ReceiverRules& rules) {
  ServiceSite site(rules.make());
  FakeStream& old = site.connect();
  CHECK(site.ask(old, rules.request("x", "1.0", "Connection: keep-alive\r\n")) ==
        "HTTP/1.1 200 OK\r\n" + rules.fields() + "X-Accel-Buffering: no\r\nConnection: close\r\n\r\n" +
            rules.prelude + rules.enveloped("o"));
  site.send("text");
  site.channel->close(3000, "Go away!");
  site.loop.turn.end();
  CHECK(old.sent() == rules.enveloped(R"(a["text"])") + rules.enveloped(kGoAway) + rules.epilogue);
  CHECK(old.state() == FakeStream::State::closed);
}

inline void check_stream(const ReceiverRules& rules) {
  SUBCASE("the sample exchange in exact bytes") { check_stream_exchange(rules); }
  SUBCASE("the response limit") { check_stream_limit(rules); }
  SUBCASE("a second receiver; lost in each state") { check_stream_second_and_lost(rules); }
  SUBCASE("a reader that is slow") { check_stream_slow_reader(rules); }
  SUBCASE("a reader that falls behind") { check_stream_falls_behind(rules); }
  SUBCASE("HTTP/1.0") { check_stream_http10(rules); }
}

inline void check_poll(const ReceiverRules& rules) {
  SUBCASE("the sample exchange in exact bytes") { check_poll_exchange(rules); }
  SUBCASE("how polls and sessions end") { check_poll_ends(rules); }
}

}  // namespace encke::test
