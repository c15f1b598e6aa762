// Reports of pages (PROTOCOL 6.12).
#include "transports/shared/facade_reports.hpp"

#include "tests/transports/support.hpp"
#include "transports/shared/facade_session.hpp"

#include <string>

using namespace encke;
using namespace encke::test;

namespace {

std::string status(const std::string& answer) { return answer.substr(9, 3); }

/// A service, and a page that reports to it.
struct Reporting : ServiceSite {
  Reporting() : ServiceSite(std::make_unique<NoTransport>(), patient()) {}
  static ServiceOptions patient() {
    ServiceOptions options;
    options.resume_window = Millis{600'000};
    return options;
  }

  std::string open(std::string_view origin = "http://a.example") {
    const std::string answer =
        ask("POST /s/encke.1/open HTTP/1.1\r\nHost: h\r\nOrigin: " + std::string(origin) +
            "\r\nContent-Length: 0\r\n\r\n");
    return answer.substr(answer.find("\"session\":\"") + 11, facade::kKeyCharacters);
  }
  std::string report(std::string_view key, std::string_view body, std::string_view type = "text/plain",
                     std::string_view origin = "http://a.example") {
    return ask("POST /s/encke.1/" + std::string(key) + "/report HTTP/1.1\r\nHost: h\r\nOrigin: " +
               std::string(origin) + "\r\nContent-Type: " + std::string(type) +
               "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
  }
};

}  // namespace

TEST_CASE(
    "6.12 a report is answered with 204, and each of its lines is told with the service and the network") {
  Reporting site;
  const std::string key = site.open();
  const std::string answer = site.report(key, "websocket: closed at once\r\nxhr_stream: held back\n\n");
  CHECK(status(answer) == "204");
  CHECK(answer.find("Access-Control-Allow-Origin: http://a.example\r\n") != std::string::npos);
  REQUIRE(site.reported.size() == 2);
  CHECK(site.reported[0].size() == std::string("/s 01234567 websocket: closed at once").size());
  CHECK(site.reported[0].starts_with("/s "));
  CHECK(site.reported[0].ends_with(" websocket: closed at once"));
  CHECK(site.reported[1].ends_with(" xhr_stream: held back"));
  for (const std::string& line : site.reported) CHECK(line.find(key.substr(0, 12)) == std::string::npos);
  CHECK(site.facade_counts().reports == 1);
  CHECK(site.facade_counts().opened == 0);
}

TEST_CASE("6.12 a form's field d is a report too") {
  Reporting site;
  const std::string form = "application/x-www-form-urlencoded; charset=UTF-8";
  CHECK(status(site.report(site.open(), "d=one%0Atwo+words&e=x", form)) == "204");
  REQUIRE(site.reported.size() == 2);
  CHECK(site.reported[0].ends_with(" one"));
  CHECK(site.reported[1].ends_with(" two words"));
  CHECK(status(site.report(site.open(), "e=one", form)) == "400");
}

TEST_CASE("6.12 a report for no session is 404, for another origin's 403; neither is told") {
  Reporting site;
  const std::string key = site.open();
  const std::string none = site.report(std::string(36, 'A'), "x");
  CHECK(status(none) == "404");
  CHECK(none.find("\r\n\r\ne[404,\"") != std::string::npos);
  CHECK(status(site.report(key.substr(0, 12) + std::string(24, 'A'), "x")) == "404");
  const std::string other = site.report(key, "x", "text/plain", "http://b.example");
  CHECK(status(other) == "403");
  CHECK(other.find("e[403,\"") != std::string::npos);
  CHECK(site.reported.empty());
  CHECK(site.facade_counts().reports == 0);
  CHECK(status(site.report(key, "x")) == "204");
}

TEST_CASE("6.12 4096 bytes and 20 lines are taken, one more of either is 413; nothing at all is 400") {
  Reporting site;
  const std::string key = site.open();
  std::string lines;
  for (int line = 0; line < 20; ++line) lines += "x\n";
  for (const std::string& body : {std::string(4097, 'x'), lines + "x", std::string(65'536, '\n') + "x"}) {
    const std::string refused = site.report(key, body);
    CHECK(status(refused) == "413");
    CHECK((body.size() > 65'536 || refused.find("e[413,\"") != std::string::npos));
  }
  for (const std::string_view body : {"", "\n", "\r\n\r\n"}) {
    CHECK(site.report(key, body).find("e[400,\"") != std::string::npos);
  }
  CHECK(site.reported.empty());
  CHECK(status(site.report(key, std::string(4096, 'x'))) == "204");
  CHECK(status(site.report(site.open(), lines)) == "204");
  REQUIRE(site.reported.size() == 21);
  CHECK(site.reported[0].size() == std::string("/s 01234567 ").size() + 300);
}

TEST_CASE("6.12 a session reports once a minute; 429 says how long to wait, and is no report") {
  Reporting site;
  const std::string key = site.open();
  CHECK(status(site.report(key, "one")) == "204");
  site.loop.pass(Millis{15'500});
  const std::string early = site.report(key, "two");
  CHECK(status(early) == "429");
  CHECK(early.find("\r\nRetry-After: 45\r\n") != std::string::npos);
  CHECK(early.find("\r\nAccess-Control-Expose-Headers: Retry-After\r\n") != std::string::npos);
  CHECK(early.find("e[429,\"") != std::string::npos);
  CHECK(status(site.report(site.open(), "another session's")) == "204");
  CHECK(site.reported.size() == 2);
  site.loop.pass(Millis{44'000});
  CHECK(status(site.report(key, "three")) == "429");
  site.loop.pass(Millis{500});
  CHECK(status(site.report(key, "three")) == "204");
  CHECK(site.reported.size() == 3);
  CHECK(site.facade_counts().reports == 3);
}

TEST_CASE("6.12 more reports than a loop writes down in a minute wait for the next") {
  Reporting site;
  for (std::size_t number = 0; number < facade::kMostReports; ++number) {
    CHECK(status(site.report(site.open(), "x")) == "204");
  }
  const std::string key = site.open();
  CHECK(status(site.report(key, "x")) == "429");
  site.loop.pass(Millis{59'950});
  CHECK(status(site.report(key, "x")) == "429");
  site.loop.pass(Millis{50});
  CHECK(status(site.report(key, "x")) == "204");
  CHECK(site.reported.size() == facade::kMostReports + 1);
}

TEST_CASE(
    "6.12 what is told is one line: nothing in it can forge another, move the cursor or turn the text") {
  using facade::legible;
  const std::string bad = "\xef\xbf\xbd";
  CHECK(legible("jsonp: 3 \xe2\x80\x93 caf\xc3\xa9 \xf0\x9f\x98\x80 \"q\"") ==
        "jsonp: 3 \xe2\x80\x93 caf\xc3\xa9 \xf0\x9f\x98\x80 \"q\"");
  CHECK(legible("a\tb") == "a b");
  CHECK(legible(std::string_view("a\0b", 3)) == "a" + bad + "b");
  for (const char* character :
       {"\n", "\r", "\x1b", "\x7f", "\xc2\x85", "\xc2\x9b", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xae",
        "\xe2\x81\xa6", "\xe2\x80\x8b", "\xef\xbb\xbf", "\xf3\xa0\x81\x81", "\xff", "\xc0"}) {
    CHECK(legible(std::string("a") + character + "b") == "a" + bad + "b");
  }
  CHECK(legible(std::string(300, 'x')).size() == 300);
  CHECK(legible(std::string(301, 'x')).size() == 300);
  CHECK(legible(std::string(299, 'x') + "\xc3\xa9") == std::string(299, 'x'));
  CHECK(legible("").empty());
}
