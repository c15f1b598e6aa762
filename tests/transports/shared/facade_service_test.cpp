// What opening sessions of the facade may cost (PROTOCOL 6.2).
#include "transports/shared/facade_service.hpp"

#include "tests/transports/support.hpp"
#include "transports/shared/facade_origin.hpp"
#include "transports/shared/facade_session.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace encke;
using namespace encke::test;

namespace {

std::string status(const std::string& answer) { return answer.substr(9, 3); }

}  // namespace

TEST_CASE(
    "6.2 with as many sessions without a carrier as may be no more are opened: 503, which any page can "
    "read") {
  ServiceSite site(std::make_unique<NoTransport>(), {}, 3);
  const std::string_view by_post =
      "POST /s/encke.1/open HTTP/1.1\r\nHost: h\r\nOrigin: http://a.example\r\nContent-Length: 0\r\n\r\n";
  const std::string_view by_script = "GET /s/encke.1/open?c=f HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const std::string_view request : {by_post, by_script, by_post})
    CHECK(status(site.ask(request)) == "200");
  const std::string refused = site.ask(by_post);
  CHECK(status(refused) == "503");
  CHECK(refused.find("Access-Control-Allow-Origin: http://a.example\r\n") != std::string::npos);
  CHECK(refused.find("Retry-After: 15\r\n") != std::string::npos);
  CHECK(refused.find("Access-Control-Expose-Headers: Retry-After\r\n") != std::string::npos);
  CHECK(refused.ends_with("too many sessions wait for a connection; try again later\n"));
  const std::string called = site.ask(by_script);
  CHECK(status(called) == "200");  // a script with another status does not run
  CHECK(called.ends_with(
      "\r\n\r\n/**/f(\"e[503,\\\"too many sessions wait for a connection; try again later\\\"]\");\r\n"));
  CHECK(site.facade_sessions() == 3);
  site.loop.pass(ServiceOptions{}.resume_window);
  CHECK(site.facade_sessions() == 0);
  CHECK(status(site.ask(by_post)) == "200");
}

TEST_CASE(
    "6.2 while clients are told to go no session is opened: 503, and who comes again finds another server") {
  ServiceSite site(std::make_unique<NoTransport>());
  site.facade().dismiss(0, close_code::kGoingAway, "away");
  const std::string refused =
      site.ask("POST /s/encke.1/open HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  CHECK(status(refused) == "503");
  CHECK(refused.find("Retry-After: 1\r\n") != std::string::npos);
  CHECK(refused.ends_with("the server is going away; another may be there already\n"));
  CHECK(site.facade_sessions() == 0);
}

TEST_CASE("6.2 a page's first sub-protocol that the service has is chosen and told") {
  ServiceOptions options;
  options.protocols = {"chat", "v2+#", "%"};
  ServiceSite site(std::make_unique<NoTransport>(), options);
  const auto open = [&](const std::string& query) {
    return site.ask("POST /s/encke.1/open" + query + " HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  };
  const std::vector<std::pair<std::string, std::string>> cases{{"", ""},
                                                               {"?p=", ""},
                                                               {"?p=,", ""},
                                                               {"?x=chat", ""},
                                                               {"?p=chat", "chat"},
                                                               {"?p=soap,chat,v2+#", "chat"},
                                                               {"?p=v2%2B%23,chat", "v2+#"},
                                                               {"?p=v2%2b%23%2Cchat", "v2+#"},
                                                               {"?p=%25", "%"},
                                                               {"?p=%", "%"}};
  for (const auto& [query, chosen] : cases) {
    CAPTURE(query);
    const std::string answer = open(query);
    CHECK(status(answer) == "200");
    CHECK(answer.find("\",\"protocol\":\"" + chosen + "\",\"") != std::string::npos);
  }
  CHECK(site.facade_sessions() == cases.size());
}

TEST_CASE(
    "6.2 a page that asks for sub-protocols and gets none is refused, and told what there is; no session "
    "opens") {
  ServiceOptions options;
  options.protocols = {"chat", "v2"};
  ServiceSite some(std::make_unique<NoTransport>(), options);
  ServiceSite none(std::make_unique<NoTransport>());
  const auto open = [](ServiceSite& site, const std::string& query) {
    return site.ask("POST /s/encke.1/open?p=" + query +
                    " HTTP/1.1\r\nHost: h\r\nOrigin: http://a.example\r\nContent-Length: 0\r\n\r\n");
  };
  for (const std::string query : {"soap", "CHAT", "cha,chat2", "chat%20v2", "chat%00", "%3Cscript%3E"}) {
    CAPTURE(query);
    const std::string refused = open(some, query);
    CHECK(status(refused) == "400");
    CHECK(refused.find("Access-Control-Allow-Origin: http://a.example\r\n") != std::string::npos);
    CHECK(refused.ends_with(
        "e[400,\"none of the sub-protocols asked for is spoken here; expected one of chat, v2\"]"));
  }
  CHECK(open(none, "chat")
            .ends_with("e[400,\"this service has no sub-protocols; expected none to be asked for\"]"));
  const std::string script = some.ask("GET /s/encke.1/open?c=f&p=soap HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(status(script) == "200");
  CHECK(
      script.ends_with("/**/f(\"e[400,\\\"none of the sub-protocols asked for is spoken here; expected one "
                       "of chat, v2\\\"]\");\r\n"));
  CHECK(some.facade_sessions() + none.facade_sessions() == 0);
}

TEST_CASE("6.2 of an origin that no browser can write only the beginning is kept") {
  http::Request request;
  for (const std::size_t name : {253u, 10'000u}) {
    CAPTURE(name);
    const std::string origin = "https://" + std::string(name, 'a') + ":65535";
    const std::string page = origin + "/page";
    request.fields = {{"Origin", origin}};
    CHECK(facade::told_origin(request) == origin.substr(0, 300));
    request.fields = {{"Referer", page}};
    CHECK(facade::told_origin(request) == origin.substr(0, 300));
  }
}
