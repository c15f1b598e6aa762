// Everything below one service's path (facts of SockJS, parts 1 to 4 and 8).
#include "transports/shared/sockjs_service.hpp"

#include "tests/transports/support.hpp"

#include <array>
#include <set>

using namespace encke;
using namespace encke::test;

namespace {

constexpr std::array kRoutes{Route{.leaf = "take", .method = Route::Method::post, .cross_origin = true},
                             Route{.leaf = "frame", .method = Route::Method::get}};

/// Answers with the name of its session.
class FakeTransport final : public Transport {
 public:
  explicit FakeTransport(std::string_view name = "fake") : info_{name, kRoutes, {}, {}} {}
  const TransportInfo& info() const override { return info_; }
  Result<void> serve(const Route&, http::Exchange& exchange, Sessions&) override {
    if (exchange.request().query == "fail") return PeerError{.status = 500, .text = "as asked"};
    exchange.respond(http::ResponseHead(200), "session " + std::string(exchange.request().captured));
    return {};
  }

 private:
  TransportInfo info_;
};

struct Site : ServiceSite {
  explicit Site(ServiceOptions options = {}, std::string_view name = "fake")
      : ServiceSite(std::make_unique<FakeTransport>(name), std::move(options)) {}
  std::string get(std::string_view path, std::string_view fields = "", std::string_view method = "GET") {
    return ask(std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" +
               std::string(fields) + "Content-Length: 0\r\n\r\n");
  }
};

std::string status(const std::string& answer) { return answer.substr(9, 3); }

std::string field(const std::string& answer, const std::string& name) {
  const std::size_t at = answer.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "none";
  const std::size_t begin = at + name.size() + 4;
  return answer.substr(begin, answer.find("\r\n", begin) - begin);
}

std::string body(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

}  // namespace

TEST_CASE("the greeting stands at the path, with and without a slash (facts 1)") {
  Site site;
  for (const char* path : {"/s", "/s/", "/s?x", "/s/?x=y"}) {
    const std::string answer = site.get(path);
    CHECK(status(answer) == "200");
    CHECK(field(answer, "Content-Type") == "text/plain; charset=UTF-8");
    CHECK(body(answer) == "Welcome to SockJS!\n");
    CHECK(field(answer, "Set-Cookie") == "none");
  }
  CHECK(field(site.get("/s", "", "POST"), "Allow") == "GET, HEAD");
}

TEST_CASE("paths that are nobody's are 404, whatever the method (facts 1)") {
  Site site;
  for (const char* path : {"/s/a",          "/s/a.html",        "/s//",         "/s///",
                           "/s/a/a",        "/s/a/a/",          "/s/a/",        "/s///take",
                           "/s/a./a/take",  "/s/a/a./take",     "/s/././/take", "/s//take",
                           "/s////take",    "/s/a/b/c/take",    "/s/a/b/TAKE",  "/s/a/b/take/x",
                           "/s/a/b/take//", "/s/a//take",       "/s//b/take",   "/s/iframe.htm",
                           "/s/iframe",     "/s/IFRAME.HTML",   "/s/IFRAME",    "/s/iframe.HTML",
                           "/s/iframe.xml", "/s/iframe-/.html", "/s/INFO",      "/s/a/b/websocket",
                           "/s/websocket"}) {
    CAPTURE(std::string(path));
    for (const char* method : {"GET", "POST"}) {
      const std::string answer = site.get(path, "", method);
      CHECK(status(answer) == "404");
      CHECK(body(answer) == "404 Error: Page not found\n");
    }
  }
}

TEST_CASE("a session's name is taken raw, its server's is not looked at; a slash may follow (facts 1)") {
  Site site;
  for (const auto& [path, session] : {std::pair{"/s/000/abc/take", "abc"},
                                      {"/s/999/abc/take/", "abc"},
                                      {"/s/_/abcdefgh_i-j%20/take", "abcdefgh_i-j%20"},
                                      {"/s/1/2/take?q=/x/", "2"}}) {
    CHECK(body(site.get(path, "", "POST")) == "session " + std::string(session));
  }
}

TEST_CASE("a wrong method on a route is 405 with Allow and no body (facts 1)") {
  Site site;
  const std::string answer = site.get("/s/0/x/take");
  CHECK(status(answer) == "405");
  CHECK(field(answer, "Allow") == "POST, OPTIONS");
  CHECK(body(answer) == "");
  CHECK(field(site.get("/s/0/x/frame", "", "POST"), "Allow") == "GET");
  CHECK(status(site.get("/s/0/x/frame", "", "OPTIONS")) == "405");
}

TEST_CASE("preflights name the methods, hold for a year and open nothing (facts 2)") {
  Site site;
  for (const auto& [path, methods] :
       {std::pair{"/s/info", "OPTIONS, GET"}, {"/s/0/x/take", "OPTIONS, POST"}}) {
    const std::string answer =
        site.get(path, "Origin: null\r\nAccess-Control-Request-Headers: a, b, c\r\n", "OPTIONS");
    CHECK(status(answer) == "204");
    CHECK(field(answer, "Access-Control-Allow-Origin") == "null");
    CHECK(field(answer, "Access-Control-Allow-Credentials") == "true");
    CHECK(field(answer, "Access-Control-Allow-Methods") == methods);
    CHECK(field(answer, "Access-Control-Allow-Headers") == "a, b, c");
    CHECK(field(answer, "Access-Control-Max-Age") == "31536000");
    CHECK(field(answer, "Cache-Control") == "public, max-age=31536000");
    CHECK(field(answer, "Expires") != "none");
    CHECK(body(answer) == "");
  }
  CHECK(site.sessions() == 0);
}

TEST_CASE("/info tells what the service can, and a new number each time (facts 3)") {
  Site site;
  std::set<std::string> answers;
  for (int count = 0; count < 5; ++count) {
    const std::string answer = site.get("/s/info", "Origin: http://o\r\n");
    CHECK(field(answer, "Content-Type") == "application/json; charset=UTF-8");
    CHECK(field(answer, "Cache-Control") == "no-store, no-cache, no-transform, must-revalidate, max-age=0");
    CHECK(field(answer, "Access-Control-Allow-Origin") == "http://o");
    answers.insert(body(answer));
  }
  CHECK(answers.size() == 5);
  CHECK(answers.begin()->find(R"({"websocket":false,"origins":["*:*"],"cookie_needed":false,"entropy":)") ==
        0);
  CHECK(body(Site({}, "websocket").get("/s/info/")).find(R"({"websocket":true,)") == 0);
  ServiceOptions options;
  options.websocket = false;
  options.jsessionid = true;
  const std::string answer = Site(options, "websocket").get("/s/info");
  CHECK(body(answer).find(R"({"websocket":false,"origins":["*:*"],"cookie_needed":true,)") == 0);
  CHECK(field(answer, "Set-Cookie") == "none");
}

TEST_CASE("the iframe page is the same for all versions, and cached by its tag (facts 4)") {
  ServiceOptions options;
  options.sockjs_url = "/lib/sockjs.js";
  options.jsessionid = true;
  Site site(options);
  const std::string first = site.get("/s/iframe.html");
  const std::string tag = field(first, "ETag");
  CHECK(body(first) == sockjs::iframe_page("/lib/sockjs.js"));
  CHECK(body(first).find("<script src=\"/lib/sockjs.js\"></script>") != std::string::npos);
  CHECK(field(first, "Content-Type") == "text/html; charset=UTF-8");
  CHECK(field(first, "Cache-Control") == "public, max-age=31536000");
  CHECK(field(first, "Set-Cookie") == "none");
  for (const char* path : {"/s/iframe-a.html", "/s/iframe-.html", "/s/iframe-0.1.2.html",
                           "/s/iframe-0.1.2abc-dirty.2144.html", "/s/iframe.html?t=1"}) {
    CHECK(body(site.get(path)) == body(first));
    CHECK(field(site.get(path), "ETag") == tag);
  }
  const std::string known = site.get("/s/iframe.html", "If-None-Match: " + tag + "\r\n");
  CHECK(status(known) == "304");
  CHECK(body(known) == "");
  CHECK(field(known, "Content-Type") == "none");
}

TEST_CASE("errors of a route keep its CORS and caching fields (facts 2)") {
  Site site;
  const std::string answer = site.get("/s/0/x/take?fail", "Origin: http://o\r\n", "POST");
  CHECK(status(answer) == "500");
  CHECK(field(answer, "Access-Control-Allow-Origin") == "http://o");
  CHECK(field(answer, "Cache-Control") != "none");
  CHECK(body(answer) == "as asked\n");
}

TEST_CASE("origins that are not listed are 403, requests without one pass") {
  ServiceOptions options;
  options.origins = {"https://good.example"};
  Site site(options);
  CHECK(status(site.get("/s/0/x/take", "Origin: https://good.example\r\n", "POST")) == "200");
  CHECK(status(site.get("/s/0/x/take", "", "POST")) == "200");
  for (const char* origin :
       {"https://bad.example", "null", "https://good.example.bad", "HTTPS://GOOD.EXAMPLE"}) {
    const std::string fields = "Origin: " + std::string(origin) + "\r\n";
    CHECK(status(site.get("/s/0/x/take", fields, "POST")) == "403");
    CHECK(status(site.get("/s/info", fields)) == "403");
  }
}

TEST_CASE("only the transports that a service names are offered") {
  ServiceOptions options;
  options.transports = {"other"};
  CHECK(status(Site(options).get("/s/0/x/take", "", "POST")) == "404");
  options.transports = {"other", "fake"};
  CHECK(status(Site(options).get("/s/0/x/take", "", "POST")) == "200");
}

TEST_CASE("a session's requests go to its worker, and every worker agrees which that is") {
  CHECK(worker_of("abc", 1) == 0);
  std::set<unsigned> workers;
  for (int session = 0; session < 100; ++session) {
    const unsigned worker = worker_of("session" + std::to_string(session), 4);
    CHECK(worker < 4);
    workers.insert(worker);
  }
  CHECK(workers.size() == 4);
}
