// What a token claims, and who is let in by it: to the second, by a clock of the test's.
#include "server/tokens/policy.hpp"

#include "server/core/access.hpp"
#include "tests/tokens/tokens_support.hpp"

#include <doctest/doctest.h>

#include <map>
#include <memory>

using namespace encke;
using namespace encke::tokens;
using namespace std::chrono_literals;

namespace {

constexpr Date kNow{1000.0};

Policy policy() {
  Policy policy;
  policy.key = kSecret;
  return policy;
}

int status(const Policy& by, const std::string& claims, std::string_view service = "/chat",
           std::string_view origin = {}, Date now = kNow) {
  return judge(by, service, origin, hs256(claims), now).status;
}

/// A request as an authorizer sees it.
class Request final : public AccessRequest {
 public:
  Request() { service = "/chat"; }
  std::map<std::string, std::string, std::less<>> cookies;
  std::string_view field(std::string_view) const override { return {}; }
  std::string_view cookie(std::string_view name) const override {
    const auto found = cookies.find(name);
    return found == cookies.end() ? std::string_view{} : found->second;
  }
  std::string_view parameter(std::string_view) const override { return {}; }
};

AccessAnswer answer(const Policy& by, const AccessRequest& request, Date now = kNow) {
  const auto state = std::make_shared<AccessState>();
  authorizer(by, [now] { return now; })(request, Access(state));
  REQUIRE(state->given());
  return *state->given();
}

}  // namespace

TEST_CASE("a token without exp is none; one is good until exp and the leeway, to the second") {
  Policy by = policy();
  by.leeway = 0s;
  CHECK(status(by, R"({"exp":1001})") == 200);
  CHECK(status(by, R"({"exp":1000.5})") == 200);
  CHECK(status(by, R"({"exp":1000})") == 401);
  CHECK(status(by, R"({"exp":999})") == 401);
  for (const char* none :
       {R"({})", R"({"exp":null})", R"({"exp":"1001"})", R"({"exp":true})", R"({"exp":[1001]})"}) {
    CAPTURE(none);
    CHECK(judge(by, "/chat", {}, hs256(none), kNow).refusal ==
          "the token does not say when it expires; expected a claim exp");
  }
  by.leeway = 10s;
  CHECK(status(by, R"({"exp":991})") == 200);
  CHECK(status(by, R"({"exp":990})") == 401);
  CHECK(judge(by, "/chat", {}, hs256(R"({"exp":990})"), kNow).refusal == "the token has expired");
  CHECK(status(by, R"({"exp":1e300})") == 200);
}

TEST_CASE("targets narrow what a gateway's page may name, and nothing but rules of hosts and ports will do") {
  const auto targets = [](const std::string& claim) {
    return judge(policy(), "/chat", {}, hs256(R"({"exp":2000,"targets":)" + claim + "}"), kNow);
  };
  CHECK_FALSE(judge(policy(), "/chat", {}, hs256(R"({"exp":2000})"), kNow).targets);
  CHECK(targets("[]").targets == std::vector<TargetRule>{});
  CHECK(
      targets(
          R"([{"hosts":["irc.example","10.0.0.0/8"],"ports":[6667,"6697-6699"]},{"hosts":"*","ports":[1]}])")
          .targets ==
      std::vector<TargetRule>{{.hosts = {"irc.example", "10.0.0.0/8"}, .ports = {{6667, 6667}, {6697, 6699}}},
                              {.hosts = {"*"}, .ports = {{1, 1}}}});
  for (const char* bad :
       {"null", "{}", R"("irc.example:6667")", "[1]", "[{}]", R"([{"hosts":["a.example"]}])",
        R"([{"ports":[1]}])", R"([{"hosts":[],"ports":[1]}])", R"([{"hosts":["a.example"],"ports":[]}])",
        R"([{"hosts":["a.example"],"ports":[0]}])", R"([{"hosts":["a.example"],"ports":["1-"]}])",
        R"([{"hosts":["a b"],"ports":[1]}])",
        R"([{"hosts":["a.example"],"ports":[1],"origins":["https://a"]}])",
        R"([{"hosts":["a.example"],"ports":[1]},{}])"}) {
    CAPTURE(bad);
    CHECK(targets(bad).status == 401);
    CHECK(targets(bad).refusal ==
          R"(the token's targets are none; expected a list of {"hosts": [...], "ports": [...]})");
  }
}

TEST_CASE("nbf holds where it is there, with the leeway") {
  const Policy by = policy();
  CHECK(status(by, R"({"exp":2000,"nbf":1000})") == 200);
  CHECK(status(by, R"({"exp":2000,"nbf":1010})") == 200);
  CHECK(status(by, R"({"exp":2000,"nbf":1011})") == 401);
  CHECK(status(by, R"({"exp":2000,"nbf":"now"})") == 401);
}

TEST_CASE("aud and iss hold where the configuration names one") {
  Policy by = policy();
  CHECK(status(by, R"({"exp":2000,"aud":"other","iss":"other"})") == 200);
  by.audience = "encke";
  CHECK(status(by, R"({"exp":2000,"aud":"encke"})") == 200);
  CHECK(status(by, R"({"exp":2000,"aud":["x","encke"]})") == 200);
  for (const char* other : {R"({"exp":2000})", R"({"exp":2000,"aud":"enck"})", R"({"exp":2000,"aud":["x"]})",
                            R"({"exp":2000,"aud":["encke",1]})", R"({"exp":2000,"aud":{"encke":1}})"}) {
    CAPTURE(other);
    CHECK(status(by, other) == 401);
  }
  by.audience.clear();
  by.issuer = "login.example";
  CHECK(status(by, R"({"exp":2000,"iss":"login.example"})") == 200);
  CHECK(status(by, R"({"exp":2000,"iss":["login.example"]})") == 401);
  CHECK(status(by, R"({"exp":2000})") == 401);
}

TEST_CASE("services names the services that a token is for; it may be asked for") {
  Policy by = policy();
  CHECK(status(by, R"({"exp":2000})") == 200);
  CHECK(status(by, R"({"exp":2000,"services":["/chat","/b"]})") == 200);
  CHECK(status(by, R"({"exp":2000,"services":"/chat"})") == 200);
  for (const char* other : {R"({"exp":2000,"services":["/cha"]})", R"({"exp":2000,"services":[]})",
                            R"({"exp":2000,"services":null})", R"({"exp":2000,"services":["/chat/x"]})",
                            R"({"exp":2000,"services":[["/chat"]]})"}) {
    CAPTURE(other);
    CHECK(status(by, other) == 403);
  }
  by.service_claim_required = true;
  CHECK(status(by, R"({"exp":2000})") == 403);
  CHECK(status(by, R"({"exp":2000,"services":["/chat"]})") == 200);
}

TEST_CASE("origins narrows whose pages may bring a token, programs included") {
  const Policy by = policy();
  const std::string claims = R"({"exp":2000,"origins":["https://a.example","https://*.b.example"]})";
  CHECK(status(by, claims, "/chat", "https://a.example") == 200);
  CHECK(status(by, claims, "/chat", "https://x.b.example") == 200);
  CHECK(status(by, claims, "/chat", "https://b.example") == 403);
  CHECK(status(by, claims, "/chat", "") == 403);
}

TEST_CASE("who brings a good token is let in as its subject, until it expires") {
  Request request;
  const std::string token = hs256(R"({"exp":1060,"sub":"ann"})");
  request.token = token;
  AccessAnswer given = answer(policy(), request);
  CHECK(given.kind == AccessAnswer::Kind::granted);
  CHECK(given.grant.identity == "ann");
  CHECK(given.grant.by_token);
  CHECK(given.grant.lifetime == 70s);
  CHECK(given.grant.expired.code == 4401);
  CHECK(given.grant.expired.text == "the token has expired");
  Policy by = policy();
  by.close_on_expiry = false;
  CHECK_FALSE(answer(by, request).grant.lifetime);
  const std::string endless = hs256(R"({"exp":1e300})");
  request.token = endless;
  CHECK_FALSE(answer(policy(), request).grant.lifetime);
}

TEST_CASE(
    "who brings none is denied with 401, with 403 where nothing tells whose page it is; or let in, if none "
    "is required") {
  Request request;
  CHECK(answer(policy(), request).status == 401);
  request.needs_token = true;
  CHECK(answer(policy(), request).status == 403);
  Policy by = policy();
  by.required = false;
  const AccessAnswer given = answer(by, request);
  CHECK(given.kind == AccessAnswer::Kind::granted);
  CHECK_FALSE(given.grant.by_token);
  request.token = "x.y.z";
  CHECK(answer(by, request).kind == AccessAnswer::Kind::denied);  // a bad one is never let in
}

TEST_CASE("a cookie counts where it is configured, the page's origin is told, and no token came otherwise") {
  Policy by = policy();
  Request request;
  request.cookies["login"] = hs256(R"({"exp":2000,"sub":"ann"})");
  request.origin = "https://a.example";
  CHECK(answer(by, request).kind == AccessAnswer::Kind::denied);
  by.cookie = "login";
  const AccessAnswer given = answer(by, request);
  CHECK(given.kind == AccessAnswer::Kind::granted);
  CHECK_FALSE(given.grant.by_token);
  request.needs_token = true;
  CHECK(answer(by, request).kind == AccessAnswer::Kind::denied);
  request.needs_token = false;
  request.origin = {};
  CHECK(answer(by, request).kind == AccessAnswer::Kind::denied);
  request.origin = "https://a.example";
  request.token = "a.bad.one";
  CHECK(answer(by, request).kind == AccessAnswer::Kind::denied);
}

TEST_CASE("no text of a refusal tells anything of the token or the key") {
  Request request;
  request.token = "hidden.hidden.hidden";
  const AccessAnswer given = answer(policy(), request);
  CHECK(given.reason.text == "the token is none, or not signed as it should be; expected HS256");
  for (const char* claims : {R"({"exp":1,"sub":"hidden"})", R"({"exp":2000,"services":["hidden"]})",
                             R"({"exp":2000,"origins":["hidden"]})"}) {
    CHECK(judge(policy(), "/chat", {}, hs256(claims), kNow).refusal.find("hidden") == std::string::npos);
  }
}
