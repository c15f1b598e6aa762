// What pages need whose browsers reach no other origin: the bridge's page, whom its requests speak for, and
// refusals that can be read without a status (PROTOCOL 6.9, 6.11).
#include "transports/shared/bridge_page.hpp"

#include "tests/transports/support.hpp"
#include "transports/shared/facade_origin.hpp"
#include "transports/xhr_poll/xhr_poll.hpp"

using namespace encke;
using namespace encke::test;

namespace {

const std::string kOwn = "Origin: http://h:8080\r\n";

std::string status(const std::string& answer) { return answer.substr(9, 3); }
std::string body(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }
bool holds(const std::string& answer, std::string_view part) {
  return answer.find(part) != std::string::npos;
}

std::string get(std::string_view target, std::string_view fields = {}) {
  return "GET /s/encke.1/" + std::string(target) + " HTTP/1.1\r\nHost: h:8080\r\n" + std::string(fields) +
         "\r\n";
}
std::string post(std::string_view target, std::string_view fields, std::string_view text = {}) {
  return "POST /s/encke.1/" + std::string(target) + " HTTP/1.1\r\nHost: h:8080\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(text.size()) + "\r\n\r\n" + std::string(text);
}

ServiceOptions for_origins(std::vector<std::string> origins) {
  ServiceOptions options;
  options.origins = std::move(origins);
  return options;
}

/// Opens a session and returns its key.
std::string opened(ServiceSite& site, std::string_view query, std::string_view fields) {
  const std::string answer = site.ask(post("open" + std::string(query), fields));
  const std::size_t at = answer.find("\"session\":\"");
  REQUIRE(at != std::string::npos);
  return answer.substr(at + 11, 36);
}

}  // namespace

TEST_CASE("6.11 the bridge's page loads the facade from its own server, wherever that is mounted") {
  CHECK(holds(facade::bridge_page("/encke.1/bridge", {}), "src=\"../encke.js\""));
  CHECK(holds(facade::bridge_page("/a/b/encke.1/bridge", {}), "src=\"../../../encke.js\""));
  ServiceSite site(make_xhr_poll());
  const std::string answer = site.ask(get("bridge"));
  CHECK(status(answer) == "200");
  CHECK(holds(answer, "Content-Type: text/html; charset=UTF-8\r\n"));
  CHECK(holds(answer, "Cache-Control: public, max-age=3600\r\n"));
  CHECK(holds(answer, "<script id=\"encke\" data-origins=\"\" src=\"../../encke.js\"></script>"));
  CHECK_FALSE(holds(body(answer), "<script>"));
  const std::size_t tag = answer.find("ETag: ");
  REQUIRE(tag != std::string::npos);
  const std::string known = answer.substr(tag + 6, answer.find("\r\n", tag) - tag - 6);
  CHECK(status(site.ask(get("bridge", "If-None-Match: " + known + "\r\n"))) == "304");
  CHECK(status(site.ask(post("bridge", ""))) == "405");
  CHECK(status(site.ask(get("bridge/x"))) == "404");
}

TEST_CASE("6.11 only the service's origins may frame the bridge, and the page knows them") {
  ServiceSite open(make_xhr_poll());
  CHECK(holds(open.ask(get("bridge")),
              "Content-Security-Policy: default-src 'none'; script-src 'self'; connect-src 'self'; frame-src "
              "'self' *; "
              "frame-ancestors *\r\n"));
  ServiceSite closed(make_xhr_poll(), for_origins({"https://a.example", "https://b.example:8443"}));
  const std::string answer = closed.ask(get("bridge"));
  CHECK(holds(answer, "frame-ancestors https://a.example https://b.example:8443\r\n"));
  CHECK(holds(answer, "data-origins=\"https://a.example https://b.example:8443\""));
}

TEST_CASE("6.11 a wildcard stands in the bridge's page and policy as it is configured") {
  ServiceSite site(make_xhr_poll(), for_origins({"https://*.a.example:8443"}));
  const std::string answer = site.ask(get("bridge"));
  CHECK(holds(answer, "frame-ancestors https://*.a.example:8443\r\n"));
  CHECK(holds(answer, "data-origins=\"https://*.a.example:8443\""));
}

TEST_CASE("an origin that is none opens the bridge to nobody, and puts nothing into the page") {
  const std::string page = facade::bridge_page("/s/encke.1/bridge", {"\"><script>", "x; script-src *"});
  CHECK(holds(page, "data-origins=\"none\""));
  CHECK(facade::bridge_policy({"x; script-src *"}).ends_with("frame-ancestors 'none'"));
}

TEST_CASE("6.11 an origin in `o` counts where the browser says that the server's own page asks, else not") {
  http::Request request;
  request.read_query("n=1&o=https://a.example&a=0");
  const auto told = [&](std::vector<http::Field> fields) {
    request.fields = std::move(fields);
    return std::string(facade::told_origin(request));
  };
  CHECK(told({{"Host", "h:8080"}, {"Origin", "http://h:8080"}}) == "https://a.example");
  CHECK(told({{"Host", "H:8080"}, {"Origin", "https://h:8080"}}) == "https://a.example");
  CHECK(told({{"Host", "h:8080"}, {"Referer", "http://h:8080/s/encke.1/bridge"}}) == "https://a.example");
  CHECK(told({{"Host", "h:8080"}, {"Origin", "http://h"}}) == "http://h");
  CHECK(told({{"Host", "h:8080"}, {"Origin", "http://evil.example"}}) == "http://evil.example");
  CHECK(told({{"Host", "h:8080"}, {"Origin", "http://evil.example"}, {"Referer", "http://h:8080/"}}) ==
        "http://evil.example");
  CHECK(told({{"Host", "h:8080"}, {"Referer", "http://evil.example/h:8080"}}) == "http://evil.example");
  CHECK(told({{"Host", "h:8080"}, {"Origin", "null"}}) == "null");
  CHECK(told({{"Host", "h:8080"}}).empty());
  CHECK(told({{"Host", ""}}).empty());
  const std::string longest = "o=" + std::string(10'000, 'a');
  request.read_query(longest);
  CHECK(told({{"Host", "h"}, {"Origin", "http://h"}}).size() == 300);
  request.read_query("o=");
  CHECK(told({{"Host", "h"}, {"Origin", "http://h"}}) == "http://h");
}

TEST_CASE("6.2, 6.11 a session that the bridge opened belongs to the page around it") {
  ServiceSite site(make_xhr_poll());
  const std::string key = opened(site, "?o=http://a.example", kOwn);
  const std::string send = key + "/xhr_send?s=0";
  CHECK(status(site.ask(post(send + "&o=http://a.example", kOwn, "q"))) == "200");
  CHECK(status(site.ask(post(send, "Origin: http://a.example\r\n", "q"))) == "200");
  CHECK(status(site.ask(post(send + "&o=http://evil.example", kOwn, "q"))) == "403");
  CHECK(status(site.ask(post(send, kOwn, "q"))) == "403");
  CHECK(status(site.ask(post(send + "&o=http://a.example", "Origin: http://evil.example\r\n", "q"))) ==
        "403");
}

TEST_CASE("`origins` holds for the bridge and for the page behind it") {
  ServiceSite site(make_xhr_poll(), for_origins({"http://a.example", "http://h:8080"}));
  CHECK(status(site.ask(post("open?o=http://a.example", kOwn))) == "200");
  CHECK(status(site.ask(post("open?o=http://evil.example", kOwn))) == "403");
  CHECK(
      holds(site.ask(post("open?o=http://evil.example", kOwn)),
            "the origin http://h:8080, or http://evil.example, for which it asks, may not use this service"));
  CHECK(status(site.ask(post("open?o=http://evil.example", "Referer: http://h:8080/s/encke.1/bridge\r\n"))) ==
        "403");
  CHECK(status(site.ask(post("open?o=http://a.example", "Referer: http://h:8080/s/encke.1/bridge\r\n"))) ==
        "200");
  // A name that was made to point here (DNS rebinding) is nobody's own.
  const std::string rebound =
      "POST /s/encke.1/open?o=http://a.example HTTP/1.1\r\nHost: evil.example\r\nOrigin: "
      "http://evil.example\r\n"
      "Content-Length: 0\r\n\r\n";
  CHECK(status(site.ask(rebound)) == "403");
}

TEST_CASE("6.9 with x=1 a refusal is an answer of 200 that holds the frame") {
  ServiceSite site(make_xhr_poll(), for_origins({"http://a.example"}), 1);
  const std::string a = "Origin: http://a.example\r\n";
  const auto refused = [&](std::string_view target, std::string_view fields) {
    const std::string answer = site.ask(post(target, fields));
    CHECK(status(answer) == "200");
    CHECK(holds(answer, "Access-Control-Allow-Origin: ") == (fields == a));  // another may not read it
    return body(answer);
  };
  const std::string gone =
      "e[404,\"there is no such session: it is over, or its server was started anew\"]\n";
  const std::string nobody(36, 'x');
  CHECK(refused(nobody + "/xhr?n=1&a=0&x=1", a) == gone);
  CHECK(refused(nobody + "/xhr_send?s=0&x=1", a) == gone);
  CHECK(refused("open?x=1", "Origin: http://evil.example\r\n") ==
        "e[403,\"the origin http://evil.example may not use this service\"]\n");
  const std::string key = opened(site, "?x=1", a);
  CHECK(refused(key + "/xhr?n=1&x=1", a).starts_with("e[400,\"expected the parameters n"));
  CHECK(refused("open?x=1", a) == "e[503,\"too many sessions wait for a connection; try again later\"]\n");
  CHECK(status(site.ask(post(nobody + "/xhr?n=1&a=0&x=2", a))) == "404");
}
