// What is refused counts for the transport that it was for, where a request tells one.
#include "tests/transports/support.hpp"

#include <array>
#include <map>

using namespace encke;
using namespace encke::test;

namespace {

constexpr std::array kRoutes{Route{.leaf = "take", .method = Route::Method::post, .cross_origin = true},
                             Route{.leaf = "websocket", .method = Route::Method::get}};

using Counts = std::map<std::string, std::uint64_t>;

/// By transport, those that are not 0.
Counts denied(const Sessions& sessions, Denial why) {
  Counts counts;
  for (const Traffic& traffic : sessions.traffic().rows()) {
    if (const auto count = traffic.denied[static_cast<std::size_t>(why)]; count > 0) {
      counts[traffic.transport] = count;
    }
  }
  return counts;
}

struct Site : ServiceSite {
  explicit Site(const ServiceOptions& options)
      : ServiceSite(std::make_unique<NoTransport>("fake", kRoutes), options) {}
  std::string ask_of(std::string_view request, std::string_view origin) {
    return ask(std::string(request) + " HTTP/1.1\r\nHost: h\r\nOrigin: " + std::string(origin) +
               "\r\nContent-Length: 0\r\n\r\n")
        .substr(9, 3);
  }
};

}  // namespace

TEST_CASE(
    "a request of a page that may not use the service counts for the transport whose path it asks for") {
  ServiceOptions options;
  options.origins = {"https://good.example"};
  Site site(options);
  for (const char* request :
       {"POST /s/0/a/take", "POST /s/0/a/take/", "OPTIONS /s/0/a/take", "GET /s/0/a/websocket", "GET /s/info",
        "GET /s/0/a/unknown", "GET /s/0/a.b/take", "POST /s/encke.1/KEY/take", "POST /s/encke.1/open",
        "GET /s/encke.1"}) {
    CAPTURE(request);
    CHECK(site.ask_of(request, "https://evil.example") == "403");
  }
  CHECK(denied(site.plain(), Denial::origin) == Counts{{"fake", 4}, {"none", 3}});
  CHECK(denied(site.facade(), Denial::origin) == Counts{{"fake", 1}, {"none", 2}});
  CHECK(site.counts().refused_origins == 7);
  CHECK(site.facade_counts().refused_origins == 3);
  CHECK(site.ask_of("POST /s/0/a/take", "https://good.example") == "200");
  CHECK(denied(site.plain(), Denial::origin)["fake"] == 4);
}

TEST_CASE("a session that finds no place counts for its transport; one of the facade's has none yet") {
  ServiceOptions options;
  options.limits.sessions = 1;
  FakeLoop loop;
  const auto shared = std::make_shared<LiveCounts>(options.limits);
  Sessions sessions(
      loop.context, "/s", options, [](Channel&) {}, {}, Sessions::Kind::plain, shared);
  Opening opening;
  opening.transport = "fake";
  const Result<Places> places = sessions.take_places("192.0.2.7", "fake");
  REQUIRE(places);
  sessions.open("a", opening, *places);
  CHECK(denied(sessions, Denial::limit).empty());
  CHECK_FALSE(sessions.take_places("192.0.2.7", "fake"));
  CHECK_FALSE(sessions.has_places("192.0.2.7", "other"));
  CHECK_FALSE(sessions.has_places("192.0.2.7"));
  CHECK(denied(sessions, Denial::limit) == Counts{{"fake", 1}, {"none", 1}, {"other", 1}});
}

TEST_CASE("a service tells of the session that it refuses for its own limits, too") {
  std::vector<std::string> told;
  ServiceLimits limits;
  limits.sessions = 1;
  LiveCounts counts(limits, {}, [&told](std::string_view text) { told.emplace_back(text); });
  Guard::Slot slot = Guard::kNone;
  CHECK(counts.guard.open("192.0.2.7", Millis{0}, slot));
  CHECK_FALSE(counts.guard.open("192.0.2.8", Millis{0}, slot));
  CHECK(told ==
        std::vector<std::string>{"1 session refused: as many as limits.sessions allows were open; the "
                                 "last was of 192.0.2.8"});
}
