// JSONRequest.
#include "transports/json_request/json_request.hpp"

#include "tests/transports/receiver_rules.hpp"

using namespace encke;
using namespace encke::test;

namespace {

constexpr std::string_view kType = "Content-Type: application/jsonrequest\r\n";

std::string post(std::string_view target, std::string_view text, std::string_view fields = kType) {
  return "POST /s/" + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(text.size()) + "\r\n\r\n" + std::string(text);
}

std::string status(const std::string& answer) { return answer.substr(9, 3); }
std::string body(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }
bool is_json(const std::string& answer) {
  return answer.find("Content-Type: application/jsonrequest\r\n") != std::string::npos;
}

/// Opens a session and returns its key.
std::string opened(ServiceSite& site) {
  const std::string answer = site.ask(post("encke.1/open", "", ""));
  const std::size_t at = answer.find("\"session\":\"");
  REQUIRE(at != std::string::npos);
  return answer.substr(at + 11, 36);
}

}  // namespace

TEST_CASE(
    "json_request: a held request brings a frame as the string of an array, a send is answered with a "
    "string") {
  ServiceSite site(make_json_request());
  FakeStream& browser = site.connect();
  CHECK(body(site.ask(browser, post("0/x/jsonrequest", "[]"))) == R"(["o"])");
  CHECK(site.ask(browser, post("0/x/jsonrequest", "[1,{}]")).empty());
  const std::string sent = site.ask(post("0/x/jsonrequest_send", R"(["hello"])"));
  CHECK(body(sent) == R"("ok")");
  CHECK(is_json(sent));
  CHECK(site.seen() == Seen{"m:hello"});
  site.say("a\"\n\xf0\x9f\x98\x80");
  const std::string answer = browser.sent();
  CHECK(is_json(answer));
  CHECK(body(answer) == R"(["a[\"a\\\"\\n\\ud83d\\ude00\"]"])");
}

TEST_CASE("6.3 an answer holds a frame at least, whatever the response limit") {
  ServiceOptions options;
  options.response_limit = 1;
  ServiceSite site(make_json_request(), options);
  const std::string root = "encke.1/" + opened(site);
  CHECK(body(site.ask(post(root + "/jsonrequest?n=1&a=0&w=0", "[]"))) == R"(["k0"])");
  site.say("x");
  CHECK(body(site.ask(post(root + "/jsonrequest?n=2&a=0", "[]"))) == R"(["a[\"x\"]"])");
}

TEST_CASE("6.4 the facade's frames are the strings of arrays, both ways, and refusals are answers of 200") {
  ServiceSite site(make_json_request());
  site.echoes = true;
  const std::string root = "encke.1/" + opened(site);
  CHECK(body(site.ask(post(root + "/jsonrequest?n=1&a=0&w=0", "[]"))) == R"(["k0"])");
  CHECK(body(site.ask(post(root + "/jsonrequest_send?s=0&a=0", R"(["a[\"x\"]","bAAE"])"))) == R"("k2")");
  CHECK(body(site.ask(post(root + "/jsonrequest?n=2&a=0", "[]"))) == R"(["a[\"x\"]","bAAE"])");
  CHECK(body(site.ask(post(root + "/jsonrequest_send?s=2&a=2", "[]"))) == R"("k2")");
  for (const char* frames : {R"(["x"])", R"(["a[]",""])", R"(["a["])", R"(["q\n"])"}) {
    CAPTURE(frames);
    const std::string refused = site.ask(post(root + "/jsonrequest_send?s=2&a=2", frames));
    CHECK(status(refused) == "200");
    CHECK(is_json(refused));
    CHECK(body(refused).starts_with(R"(["e[400,)"));
  }
  CHECK(body(site.ask(post(root + "/jsonrequest?n=2&a=0", "[]"))).starts_with(R"(["e[409,)"));
}

TEST_CASE("6.6.2 a held request that is replaced is answered with an empty array") {
  ServiceSite site(make_json_request());
  const std::string root = "encke.1/" + opened(site);
  FakeStream& held = site.connect();
  CHECK(site.ask(held, post(root + "/jsonrequest?n=1&a=0", "[]")).empty());
  site.ask(post(root + "/jsonrequest?n=2&a=0", "[]"));
  CHECK(body(held.sent()) == "[]");
}

TEST_CASE("another type is refused with 415, a body that is no array with 400, and neither does anything") {
  ServiceSite site(make_json_request());
  for (const char* type : {"", "Content-Type: application/json\r\n", "Content-Type: text/plain\r\n",
                           "Content-Type: application/jsonrequest; charset=utf-16\r\n",
                           "Content-Type: application/jsonrequest, text/plain\r\n"}) {
    CAPTURE(type);
    CHECK(status(site.ask(post("0/x/jsonrequest", "[]", type))) == "415");
  }
  for (const char* text : {"", "{}", "null", "[", "[]]", "[\"\xff\"]"}) {
    CAPTURE(text);
    CHECK(status(site.ask(post("0/x/jsonrequest", text))) == "400");
  }
  CHECK(site.sessions() == 0);
}

TEST_CASE("no cookie is set, and CORS lets no page have one sent") {
  ServiceOptions options;
  options.jsessionid = true;
  ServiceSite site(make_json_request(), options);
  const std::string fields = std::string(kType) + "Origin: http://a\r\nCookie: JSESSIONID=1\r\n";
  for (const std::string& request :
       {post("0/x/jsonrequest", "[]", fields), post("0/x/jsonrequest_send", "[]", fields),
        post("0/x/jsonrequest_send", "{", fields),
        "OPTIONS /s/0/x/jsonrequest HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n"}) {
    const std::string answer = site.ask(request);
    CHECK(answer.find("Set-Cookie") == std::string::npos);
    CHECK(answer.find("Access-Control-Allow-Origin: *\r\n") != std::string::npos);
    CHECK(answer.find("Credentials") == std::string::npos);
  }
}
