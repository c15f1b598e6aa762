// What is measured, gathered and written down; and who is let in to see it.
#include <encke/metrics.hpp>

#include "server/app/admin_guard.hpp"
#include "server/app/admin_live.hpp"
#include "server/app/admin_pages.hpp"
#include "server/core/traffic.hpp"
#include "server/crypto/base64.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace encke {
namespace {

TEST_CASE("a duration counts in the first bucket that has room for it, its bound included") {
  Histogram histogram;
  for (const double seconds : {0.0001, 0.00011, 10.0, 10.1, 0.0}) histogram.add(seconds);
  CHECK(histogram.counts()[0] == 2);
  CHECK(histogram.counts()[1] == 1);
  CHECK(histogram.counts()[Histogram::kBounds.size() - 1] == 1);
  CHECK(histogram.counts()[Histogram::kBounds.size()] == 1);
  CHECK(histogram.count() == 5);
  CHECK(histogram.sum() == doctest::Approx(20.10021));
  Histogram both = histogram;
  both.add(histogram);
  CHECK(both.count() == 10);
  CHECK(both.sum() == doctest::Approx(40.20042));
}

TEST_CASE("Prometheus gets buckets that hold those below, and all of them in +Inf") {
  Metrics metrics;
  metrics.workers.push_back({.worker = 3});
  metrics.workers[0].turns.add(0.0002);
  metrics.workers[0].turns.add(99);
  const std::string text = to_prometheus(metrics);
  for (const std::string_view line : {"# TYPE encke_loop_turn_seconds histogram\n",
                                      "encke_loop_turn_seconds_bucket{worker=\"3\",le=\"0.0001\"} 0\n",
                                      "encke_loop_turn_seconds_bucket{worker=\"3\",le=\"0.00025\"} 1\n",
                                      "encke_loop_turn_seconds_bucket{worker=\"3\",le=\"10\"} 1\n",
                                      "encke_loop_turn_seconds_bucket{worker=\"3\",le=\"+Inf\"} 2\n",
                                      "encke_loop_turn_seconds_count{worker=\"3\"} 2\n"}) {
    CAPTURE(line);
    CHECK(text.find(line) != std::string::npos);
  }
}

TEST_CASE("labels are escaped, so that no name can end its line") {
  Metrics metrics;
  metrics.transports.push_back({.service = "/a\"b\\c\nd", .transport = "poll", .sessions = 7});
  CHECK(to_prometheus(metrics).find("encke_sessions{service=\"/a\\\"b\\\\c\\nd\",transport=\"poll\"} 7\n") !=
        std::string::npos);
}

TEST_CASE("a count beyond 2^32 keeps its digits") {
  Metrics metrics;
  metrics.transports.push_back({.service = "/a", .transport = "poll", .bytes_up = 123'456'789'012});
  CHECK(to_prometheus(metrics).find("encke_message_received_bytes_total{service=\"/a\",transport=\"poll\"} "
                                    "123456789012\n") != std::string::npos);
}

TEST_CASE("only services that give out capability URLs have rows for them") {
  Metrics metrics;
  metrics.services.push_back({.service = "/a"});
  CHECK(to_prometheus(metrics).find("encke_inbox") == std::string::npos);
  metrics.services.push_back({.service = "/b",
                              .inbox = InboxCounts{.given = 1,
                                                   .live = 2,
                                                   .expired = 3,
                                                   .revoked = 4,
                                                   .ended = 5,
                                                   .delivered = 6,
                                                   .refused_unknown = 7,
                                                   .refused_bad = 8,
                                                   .refused_size = 9,
                                                   .refused_encoding = 10,
                                                   .refused_quota = 11,
                                                   .refused_rate = 12,
                                                   .refused_room = 13}});
  const std::string text = to_prometheus(metrics);
  for (const std::string_view line :
       {"urls_given_total{service=\"/b\"} 1", "urls{service=\"/b\"} 2",
        "urls_ended_total{service=\"/b\",reason=\"expired\"} 3",
        "urls_ended_total{service=\"/b\",reason=\"revoked\"} 4",
        "urls_ended_total{service=\"/b\",reason=\"session\"} 5", "messages_total{service=\"/b\"} 6",
        "refused_total{service=\"/b\",reason=\"unknown\"} 7",
        "refused_total{service=\"/b\",reason=\"bad\"} 8", "refused_total{service=\"/b\",reason=\"size\"} 9",
        "refused_total{service=\"/b\",reason=\"encoding\"} 10",
        "refused_total{service=\"/b\",reason=\"quota\"} 11",
        "refused_total{service=\"/b\",reason=\"rate\"} 12",
        "refused_total{service=\"/b\",reason=\"room\"} 13"}) {
    CAPTURE(line);
    CHECK(text.find("encke_inbox_" + std::string(line) + "\n") != std::string::npos);
  }
}

TEST_CASE("a session is counted under one transport at a time, and its changes by where it came from") {
  TrafficTable table;
  const auto poll = table.number_of("poll");
  const auto websocket = table.number_of("websocket");
  CHECK(poll != websocket);
  CHECK(table.number_of("poll") == poll);
  CHECK(table.number_of("") == TrafficTable::kNone);
  ++table[TrafficTable::kNone].sessions;
  table.move(TrafficTable::kNone, poll);
  table.move(poll, websocket);
  table.move(websocket, websocket);
  CHECK(table[TrafficTable::kNone].sessions == 0);
  CHECK(table[poll].sessions == 0);
  CHECK(table[websocket].sessions == 1);
  CHECK(table.changes().size() == 1);
  CHECK(table.changes().at({poll, websocket}) == 1);
}

TEST_CASE("transports beyond the 15th share the row of those without a name") {
  TrafficTable table;
  for (int index = 1; index <= TrafficTable::kLargest; ++index)
    CHECK(table.number_of("t" + std::to_string(index)) == index);
  CHECK(table.number_of("one too many") == TrafficTable::kNone);
}

http::Request request_with(std::string_view name, std::string_view value) {
  http::Request request;
  request.fields = {{"host", "127.0.0.1:9090"}, {name, value}};
  return request;
}

int status_of(const AdminGuard& guard, std::string_view name, std::string_view value) {
  const auto refusal = guard.refuse(request_with(name, value));
  return refusal ? refusal->head.status() : 200;
}

TEST_CASE("the token is taken as Bearer and as the password of Basic, and nothing else is") {
  const AdminGuard guard("sesame");
  CHECK(status_of(guard, "authorization", "Bearer sesame") == 200);
  CHECK(status_of(guard, "authorization", "bearer  sesame") == 200);
  CHECK(status_of(guard, "authorization", "Basic " + crypto::base64_encode("any:sesame")) == 200);
  CHECK(status_of(guard, "authorization", "Basic " + crypto::base64_encode("sesame")) == 401);
  CHECK(status_of(guard, "authorization", "Basic " + crypto::base64_encode("a:b:sesame")) == 401);
  for (const std::string_view field :
       {"", "Bearer", "Bearer ", "Bearer sesam", "Bearer sesamee", "Basic sesame", "sesame"}) {
    CAPTURE(field);
    CHECK(status_of(guard, "authorization", field) == 401);
  }
}

TEST_CASE("another token takes the place of the old one, and of none") {
  for (const std::string_view before : {"sesame", ""}) {
    CAPTURE(before);
    AdminGuard guard(before);
    guard.expect("mustard");
    CHECK(status_of(guard, "authorization", "Bearer mustard") == 200);
    CHECK(status_of(guard, "authorization", "Bearer sesame") == 401);
    CHECK(status_of(guard, "accept", "*/*") == 401);
  }
}

TEST_CASE("without a token only an address or localhost may be the host, and never another origin") {
  const AdminGuard guard("");
  for (const auto& [host, status] :
       {std::pair{"127.0.0.1:9090", 200}, std::pair{"127.0.0.1", 200}, std::pair{"[::1]:9090", 200},
        std::pair{"LOCALHOST:9090", 200}, std::pair{"evil.example", 403}, std::pair{"", 403},
        std::pair{"127.0.0.1.evil.example", 403}, std::pair{"localhost.evil", 403}}) {
    CAPTURE(host);
    http::Request request;
    request.fields = {{"host", host}};
    const auto refusal = guard.refuse(request);
    CHECK((refusal ? refusal->head.status() : 200) == status);
  }
  CHECK(status_of(guard, "origin", "http://127.0.0.1:9090") == 200);
  CHECK(status_of(guard, "origin", "http://127.0.0.1:9091") == 403);
  CHECK(status_of(guard, "origin", "null") == 403);
}

TEST_CASE("an order to close names a session, and a code that a page may see") {
  const auto good = read_close_order(R"({"worker": 1, "session": "ab", "code": 4001, "reason": "go"})", 2);
  REQUIRE(good);
  CHECK(good->worker == 1);
  CHECK(good->session == "ab");
  CHECK(good->code == 4001);
  CHECK(good->reason == "go");
  CHECK(read_close_order(R"({"session": "ab"})", 1)->code == 1008);
  for (const char* bad : {"", "[]", "{", R"({"worker": 0})", R"({"worker": 2, "session": "ab"})",
                          R"({"worker": -1, "session": "ab"})", R"({"session": "ab", "code": 1006})",
                          R"({"session": "ab", "code": 5000})", R"({"session": "ab", "code": "4000"})",
                          R"({"session": 7})", R"({"session": "ab", "reason": 7})"}) {
    CAPTURE(bad);
    const auto order = read_close_order(bad, 2);
    REQUIRE_FALSE(order);
    CHECK(order.error().text.find("expected") != std::string::npos);
  }
  const std::string longest(123, 'x');
  CHECK(read_close_order(R"({"session": "ab", "reason": ")" + longest + "\"}", 1));
  CHECK_FALSE(read_close_order(R"({"session": "ab", "reason": ")" + longest + "x\"}", 1));
}

TEST_CASE("what the page is told is JSON, whatever peers have put into it") {
  Collected collected;
  SessionLine line;
  line.service = "/\"\xff";
  collected.sessions.push_back(line);
  const std::string text = live_text(collected);
  CHECK(text.find("/\\\"\xef\xbf\xbd") != std::string::npos);
}

}  // namespace
}  // namespace encke
