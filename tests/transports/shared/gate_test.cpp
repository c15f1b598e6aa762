// The application's word on who may open a socket: at once, later, never; and what becomes of those who wait.
#include "transports/shared/gate.hpp"

#include "tests/transports/support.hpp"
#include "transports/shared/line_envelope.hpp"
#include "transports/shared/receiver.hpp"

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace encke;
using namespace encke::test;
using namespace std::chrono_literals;

namespace {

constexpr std::array kRoutes{
    Route{.leaf = "take", .method = Route::Method::post, .cross_origin = true},
    Route{.leaf = "flow", .method = Route::Method::post, .cross_origin = true},
    Route{.leaf = "script", .method = Route::Method::get, .element = true},
};
constexpr TransportInfo kInfo{.name = "fake", .routes = kRoutes, .greeting = {}, .can = {}};

/// Polls, streams, and what a script tag asks for.
class FakeTransport final : public Transport {
 public:
  const TransportInfo& info() const override { return kInfo; }
  Result<void> serve(const Route& route, http::Exchange& exchange, Sessions& sessions) override {
    if (route.leaf == "flow") {
      return sockjs::stream(exchange, sessions, kInfo.name, sockjs::line_kind(), "begin\n");
    }
    return sockjs::poll(exchange, sessions, kInfo.name, sockjs::line_kind());
  }
};

/// What the authorizer was asked, copied.
struct Asked {
  std::string service, transport, origin, address, token, cookie, parameter, field;
  bool needs_token;
};

struct Site {
  explicit Site(ServiceOptions options = {}, std::size_t most = kMostUndecided,
                const std::vector<std::string>& proxies = {})
      : gate(
            [this](const AccessRequest& request, Access access) {
              asked.push_back({std::string(request.service), std::string(request.transport),
                               std::string(request.origin), std::string(request.remote_address),
                               std::string(request.token), std::string(request.cookie("login")),
                               std::string(request.parameter("room")), std::string(request.field("x-field")),
                               request.needs_token});
              decide(request, std::move(access));
            },
            {.time = 2s}, [this](std::string_view what) { faults.emplace_back(what); }, most),
        site(std::make_unique<FakeTransport>(), options, facade::kMostWaiting, &gate, proxies) {}

  std::string ask(std::string_view request) { return site.ask(request); }

  std::function<void(const AccessRequest&, Access)> decide = [](const AccessRequest&, const Access& access) {
    access.grant();
  };
  std::vector<Asked> asked;
  std::vector<std::string> faults;
  Gate gate;
  ServiceSite site;
};

std::string request(std::string_view method, std::string_view path, std::string_view fields = {},
                    std::string_view body = {}) {
  return std::string(method) + " /s" + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(fields) +
         (method == "POST" ? "Content-Length: " + std::to_string(body.size()) + "\r\n" : "") + "\r\n" +
         std::string(body);
}
std::string take(std::string_view session, std::string_view fields = {}) {
  return request("POST", "/0/" + std::string(session) + "/take", fields);
}
std::string send(std::string_view session, std::string_view fields = {}) {
  return request("POST", "/0/" + std::string(session) + "/xhr_send", fields, "[\"x\"]");
}

std::string status(const std::string& answer) {
  return answer.substr(0, 9) == "HTTP/1.1 " ? answer.substr(9, 3) : "none";
}
std::string body(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }
bool holds(const std::string& answer, std::string_view text) {
  return answer.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("who is granted opens as if nobody were asked, and the service learns who it is") {
  Site s;
  s.decide = [](const AccessRequest&, const Access& access) { access.grant({.identity = "ann"}); };
  CHECK(body(s.ask(take("a"))) == "o\n");
  CHECK(s.site.identity == "ann");
  CHECK(status(s.ask(send("a"))) == "204");
  CHECK(s.site.seen() == Seen{"m:x"});
  CHECK(s.asked.size() == 1);  // for the session, not for each request of it
  CHECK(s.site.counts().refused_access == 0);
}

TEST_CASE("the application is told what it may decide on; a token comes in the head, or in the query") {
  Site s;
  s.ask(request(
      "POST", "/0/a/take?room=7&access_token=q%2Eq",
      "Origin: https://a.example\r\nAuthorization: bearer  h.h \r\nCookie: x=1; login=me\r\nX-Field: f\r\n"));
  REQUIRE(s.asked.size() == 1);
  const Asked& first = s.asked[0];
  CHECK(first.service == "/s");
  CHECK(first.transport == "fake");
  CHECK(first.origin == "https://a.example");
  CHECK(first.address == "192.0.2.7");
  CHECK(first.token == "h.h");
  CHECK(first.cookie == "me");
  CHECK(first.parameter == "7");
  CHECK(first.field == "f");
  CHECK_FALSE(first.needs_token);
  s.ask(request("POST", "/0/b/take?access_token=q%2Eq", "Authorization: Basic h.h\r\n"));
  CHECK(s.asked[1].token == "q.q");
  s.ask(request("POST", "/encke.1/open", {}, "token=b%2Eb"));
  CHECK(s.asked[2].transport == "open");
  CHECK(s.asked[2].token == "b.b");
  s.ask(request("POST", "/0/c/take?token=no", {}, "token=no"));
  CHECK(s.asked[3].token == "");
}

TEST_CASE("who is denied gets that status and text, and nothing opens") {
  Site s;
  s.decide = [](const AccessRequest&, const Access& access) { access.deny(401, "log in first"); };
  const std::string plain = s.ask(take("a", "Origin: http://a.example\r\n"));
  CHECK(status(plain) == "401");
  CHECK(holds(plain, "WWW-Authenticate: Bearer\r\n"));
  CHECK(holds(plain, "Access-Control-Allow-Origin: http://a.example\r\n"));
  CHECK(body(plain) == "log in first\n");
  const std::string facade = s.ask(request("POST", "/encke.1/open"));
  CHECK(status(facade) == "401");
  CHECK(body(facade) == "e[401,\"log in first\"]");
  CHECK(holds(s.ask(request("GET", "/encke.1/open?c=f")), "/**/f(\"e[401,\\\"log in first\\\"]\");"));
  CHECK(status(s.ask(request("POST", "/encke.1/open?x=1"))) == "200");
  CHECK(s.site.sessions() + s.site.facade_sessions() == 0);
  CHECK(s.site.channel == nullptr);
  CHECK(s.site.counts().refused_access == 1);
  CHECK(s.site.facade_counts().refused_access == 3);
  CHECK(s.site.plain().traffic().denied(Denial::access, "fake") == 1);
  CHECK(s.site.facade().traffic().denied(Denial::access, {}) == 3);  // they were to open, over whatever
  s.decide = [](const AccessRequest&, const Access& access) { access.deny(200, "no status of a refusal"); };
  CHECK(status(s.ask(take("a"))) == "403");
}

TEST_CASE(
    "who is refused is told so by a close, with the application's code, and the service hears nothing") {
  Site s;
  s.decide = [](const AccessRequest&, const Access& access) { access.refuse(4003, "the room is full"); };
  CHECK(body(s.ask(take("a"))) == "o\n");
  CHECK(body(s.ask(take("a"))) == "c[4003,\"the room is full\"]\n");
  CHECK(s.asked.size() == 1);
  const std::string flow = s.ask(request("POST", "/0/b/flow"));
  CHECK(holds(flow, "o\n"));
  CHECK(holds(flow, "c[4003,\"the room is full\"]\n"));
  const std::string facade = s.ask(request("POST", "/encke.1/open"));
  CHECK(status(facade) == "403");
  CHECK(body(facade) == "c[4003,\"the room is full\"]");
  s.site.loop.pass(6s);
  CHECK(s.site.sessions() == 0);
  CHECK(s.site.channel == nullptr);
  CHECK(s.site.seen().empty());
  s.decide = [](const AccessRequest&, const Access& access) { access.refuse(42, "no code"); };
  CHECK(body(s.ask(request("POST", "/encke.1/open"))) == "c[1008,\"no code\"]");
}

TEST_CASE(
    "an answer may come later: until then nothing opens, and then it is as if the request had just come") {
  Site s;
  std::optional<Access> later;
  s.decide = [&](const AccessRequest&, Access access) { later = std::move(access); };
  FakeStream& peer = s.site.connect();
  CHECK(ServiceSite::ask(peer, take("a", "Origin: http://a.example\r\n")).empty());
  CHECK(later->awaited());
  CHECK(s.site.sessions() == 0);
  CHECK(status(s.ask(send("a"))) == "404");
  later->grant({.identity = "ann"});
  CHECK(s.site.channel == nullptr);  // not from inside the application's call
  CHECK_FALSE(later->awaited());
  peer.settle();
  const std::string answer = peer.sent();
  CHECK(body(answer) == "o\n");
  CHECK(holds(answer, "Access-Control-Allow-Origin: http://a.example\r\n"));
  CHECK(s.site.identity == "ann");
  later->deny(403, "too late");
  peer.settle();
  CHECK(status(ServiceSite::ask(peer, send("a"))) == "204");  // the connection lives on
  CHECK(s.site.seen() == Seen{"m:x"});
}

TEST_CASE("what was sent behind a request that waits is served after it") {
  Site s;
  std::optional<Access> later;
  s.decide = [&](const AccessRequest&, Access access) { later = std::move(access); };
  FakeStream& peer = s.site.connect();
  CHECK(ServiceSite::ask(peer, take("a") + send("a")).empty());
  CHECK(s.site.seen().empty());
  later->grant();
  peer.settle();
  CHECK(holds(peer.sent(), "HTTP/1.1 204"));
  CHECK(s.site.seen() == Seen{"m:x"});
}

TEST_CASE("a facade's opening waits likewise, with its body and its query") {
  Site s;
  std::optional<Access> later;
  s.decide = [&](const AccessRequest&, Access access) { later = std::move(access); };
  FakeStream& posts = s.site.connect();
  FakeStream& scripts = s.site.connect();
  CHECK(ServiceSite::ask(posts, request("POST", "/encke.1/open", {}, "token=t")).empty());
  later->grant();
  posts.settle();
  CHECK(holds(posts.sent(), "\"session\":\""));
  CHECK(ServiceSite::ask(scripts, request("GET", "/encke.1/open?c=call_me")).empty());
  later->refuse(4000, "no");
  scripts.settle();
  CHECK(holds(scripts.sent(), "/**/call_me(\"c[4000,\\\"no\\\"]\");"));
}

TEST_CASE(
    "CVE-2025-11234: a peer that goes while it waits leaves nothing behind, whenever the answer comes") {
  Site s;
  std::optional<Access> later;
  s.decide = [&](const AccessRequest&, Access access) { later = std::move(access); };
  SUBCASE("before the answer") {
    FakeStream& peer = s.site.connect();
    ServiceSite::ask(peer, take("a"));
    peer.lose();
    CHECK_FALSE(later->awaited());
    later->grant();
  }
  SUBCASE("in the turn of the answer, behind it") {
    FakeStream& peer = s.site.connect();
    ServiceSite::ask(peer, take("a"));
    later->grant();
    peer.lose();
  }
  SUBCASE("with the answer never thrown away") {
    FakeStream& peer = s.site.connect();
    ServiceSite::ask(peer, take("a"));
    peer.lose();
  }
  s.site.loop.pass(10s);
  CHECK(s.site.sessions() == 0);
  CHECK(s.site.channel == nullptr);
  CHECK(s.faults.empty());
}

TEST_CASE("CVE-2025-11677: a refusal that comes while the request waits, and its peer's bytes with it") {
  Site s;
  std::optional<Access> later;
  s.decide = [&](const AccessRequest&, Access access) { later = std::move(access); };
  FakeStream& peer = s.site.connect();
  ServiceSite::ask(peer, take("a") + take("b"));
  later->deny(403, "no");
  peer.settle();
  CHECK(status(peer.sent()) == "403");
  CHECK(s.asked.size() == 2);
  later->refuse(4000, "no");
  peer.settle();
  CHECK(body(peer.sent()) == "o\n");
  peer.lose();
}

TEST_CASE("without an answer in time it is 503, and the answer that comes after does nothing") {
  Site s;
  std::optional<Access> later;
  s.decide = [&](const AccessRequest&, Access access) { later = std::move(access); };
  FakeStream& peer = s.site.connect();
  ServiceSite::ask(peer, take("a"));
  s.site.loop.pass(1900ms);
  CHECK(peer.sent().empty());
  s.site.loop.pass(200ms);
  CHECK(status(peer.sent()) == "503");
  later->grant();
  peer.settle();
  CHECK(s.site.sessions() == 0);
  CHECK(s.site.counts().refused_access == 1);
}

TEST_CASE("as many may wait as may, and more are 503; each that is answered makes room") {
  Site s({}, 2);
  std::vector<Access> waiting;
  s.decide = [&](const AccessRequest&, Access access) { waiting.push_back(std::move(access)); };
  FakeStream& first = s.site.connect();
  FakeStream& second = s.site.connect();
  ServiceSite::ask(first, take("a"));
  ServiceSite::ask(second, take("b"));
  CHECK(status(s.ask(take("c"))) == "503");
  second.lose();
  FakeStream& third = s.site.connect();
  CHECK(ServiceSite::ask(third, take("d")).empty());
  waiting.front().grant();
  first.settle();
  CHECK(body(first.sent()) == "o\n");
}

TEST_CASE("an application that throws, or throws the question away, refuses with 500 and is told of") {
  Site s;
  s.decide = [](const AccessRequest&, const Access&) { throw std::runtime_error("no database"); };
  CHECK(status(s.ask(take("a"))) == "500");
  CHECK(s.faults == std::vector<std::string>{"no database"});
  s.decide = [](const AccessRequest&, const Access&) {};
  CHECK(status(s.ask(take("a"))) == "500");
  CHECK(s.faults.size() == 2);
  CHECK(s.site.sessions() == 0);
}

TEST_CASE("an application that grants and then throws lets nobody in") {
  Site s;
  std::optional<Access> kept;
  s.decide = [&](const AccessRequest&, const Access& access) {
    kept = access;
    access.grant();
    throw std::runtime_error("second thoughts");
  };
  CHECK(status(s.ask(take("a"))) == "500");
  CHECK(s.site.sessions() == 0);
  CHECK(s.faults == std::vector<std::string>{"second thoughts"});
  CHECK_FALSE(kept->awaited());
}

TEST_CASE("whom a proxy speaks for is told by a request's own fields, however long that waits") {
  Site s({}, kMostUndecided, {"192.0.2.0/24"});
  std::optional<Access> kept;
  s.decide = [&](const AccessRequest&, Access access) { kept = std::move(access); };
  FakeStream& waiting = s.site.connect();
  CHECK(s.site.ask(waiting, take("a", "X-Forwarded-For: 198.51.100.1\r\n")) == "");
  CHECK(s.gate.undecided() == 1);
  CHECK_FALSE(s.site.plain().deserted());  // so a service that is removed meanwhile stays for it
  s.decide = [](const AccessRequest&, const Access& access) { access.grant(); };
  FakeStream& other = s.site.connect();
  CHECK(body(s.site.ask(other, take("b", "X-Forwarded-For: 203.0.113.9\r\n"))) == "o\n");
  CHECK(s.site.address == "203.0.113.9");
  kept->grant();
  s.site.loop.turn.end();
  CHECK(s.site.address == "198.51.100.1");
  CHECK(s.gate.undecided() == 0);

  // A poll that waits is asked for its address between requests, by the page for operators.
  CHECK(s.site.ask(other, take("b", "X-Forwarded-For: 203.0.113.9\r\n")) == "");
  s.ask(take("c", "X-Forwarded-For: 198.51.100.7\r\n"));
  REQUIRE(s.site.plain().find("b") != nullptr);
  REQUIRE(s.site.plain().find("b")->carrier() != nullptr);
  CHECK(s.site.plain().find("b")->carrier()->peer_address() == "203.0.113.9");
}

TEST_CASE("a grant with a lifetime closes the channel when that is over") {
  Site s;
  s.decide = [](const AccessRequest&, const Access& access) { access.grant({.lifetime = 3s}); };
  CHECK(body(s.ask(take("a"))) == "o\n");
  s.site.loop.pass(2900ms);
  CHECK(s.site.seen().empty());
  s.site.loop.pass(200ms);
  CHECK(s.site.seen() == Seen{"c:4401 the access has expired"});
  CHECK(body(s.ask(take("a"))) == "c[4401,\"the access has expired\"]\n");
  s.decide = [](const AccessRequest&, const Access& access) { access.grant({.lifetime = 1s}); };
  CHECK(body(s.ask(take("gone"))) == "o\n");
  s.site.channel->close();
  s.site.loop.pass(10s);  // over before its time: nothing is left that could fire
  CHECK(s.site.sessions() == 0);
}

TEST_CASE("what nothing vouches for is let in by a token, and by nothing else, for each request") {
  ServiceOptions options;
  options.origins = {"https://good.example"};
  Site s(options);
  const std::string script = request("GET", "/0/a/script");
  CHECK(status(s.ask(script)) == "403");
  REQUIRE(s.asked.size() == 1);
  CHECK(s.asked[0].needs_token);
  CHECK(s.site.counts().refused_origins == 1);
  CHECK(status(s.ask(request("GET", "/encke.1/open?c=f"))) == "200");
  CHECK(s.site.facade_sessions() == 0);
  s.decide = [](const AccessRequest& asked, const Access& access) {
    access.grant({.by_token = asked.token == "good"});
  };
  const std::string vouched = request("GET", "/0/a/script?access_token=good");
  CHECK(body(s.ask(vouched)) == "o\n");
  CHECK(status(s.ask(script)) == "403");  // of a session that is open, too
  CHECK(s.site.sessions() == 1);
  CHECK(holds(s.ask(request("GET", "/encke.1/open?c=f&access_token=good")), "session"));
  CHECK(status(s.ask(
            request("GET", "/0/b/script?access_token=good", "Referer: https://evil.example/\r\n"))) == "403");
  CHECK(status(s.ask(request("GET", "/0/c/script", "Referer: https://good.example/\r\n"))) == "200");
  CHECK(status(s.ask(request("GET", "/info?access_token=good", "Sec-Fetch-Site: cross-site\r\n"))) == "403");
}
