// Whose pages may use a service: what is told, in which field, and what is made of silence.
#include "transports/shared/origin_judge.hpp"

#include <doctest/doctest.h>

#include <string_view>
#include <vector>

using namespace encke;

namespace {

using Fields = std::vector<http::Field>;

struct Case {
  std::string_view what;
  Fields fields;
  OriginVerdict api;
  OriginVerdict element;
};

OriginVerdict judged(const ServiceOptions& options, Fields fields, Asker asker,
                     std::string_view method = "GET") {
  http::Request request;
  request.method = method;
  fields.push_back({"Host", "own.example"});
  request.fields = std::move(fields);
  return judge_origin(options, request, asker);
}

constexpr OriginVerdict kYes = OriginVerdict::allowed;
constexpr OriginVerdict kNo = OriginVerdict::refused;
constexpr OriginVerdict kUnproven = OriginVerdict::unproven;

}  // namespace

TEST_CASE("an origin that is told counts on every way, silence only where browsers would not keep it") {
  ServiceOptions options;
  options.origins = {"https://good.example", "https://*.below.example"};
  for (const Case& row : std::vector<Case>{
           {"a listed Origin", {{"Origin", "https://good.example"}}, kYes, kYes},
           {"one below a wildcard", {{"Origin", "https://a.below.example"}}, kYes, kYes},
           {"one that is not listed", {{"Origin", "https://evil.example"}}, kNo, kNo},
           {"null", {{"Origin", "null"}}, kNo, kNo},
           {"nothing in the field", {{"Origin", ""}}, kNo, kNo},
           {"two, the second a stranger's",
            {{"Origin", "https://good.example"}, {"Origin", "https://evil.example"}},
            kNo,
            kNo},
           {"Origin before Referer",
            {{"Origin", "https://evil.example"}, {"Referer", "https://good.example/"}},
            kNo,
            kNo},
           {"a listed Referer", {{"Referer", "https://good.example/page?https://evil.example"}}, kYes, kYes},
           {"another's Referer", {{"Referer", "https://evil.example/https://good.example/"}}, kNo, kNo},
           {"a Referer with a user", {{"Referer", "https://good.example@evil.example/"}}, kNo, kNo},
           {"a Referer without an origin", {{"Referer", "about:blank"}}, kYes, kUnproven},
           {"nothing", {}, kYes, kUnproven},
           {"another site, as the browser says", {{"Sec-Fetch-Site", "cross-site"}}, kUnproven, kUnproven},
           {"a name beside it", {{"Sec-Fetch-Site", "same-site"}}, kUnproven, kUnproven},
           {"a typed address", {{"Sec-Fetch-Site", "none"}}, kYes, kUnproven},
           {"its own pages, where they are not listed",
            {{"Sec-Fetch-Site", "same-origin"}},
            kUnproven,
            kUnproven},
           {"another site with a listed Origin",
            {{"Origin", "https://good.example"}, {"Sec-Fetch-Site", "cross-site"}},
            kYes,
            kYes},
           {"another site with a listed Referer",
            {{"Referer", "https://good.example/"}, {"Sec-Fetch-Site", "cross-site"}},
            kYes,
            kYes},
       }) {
    CAPTURE(row.what);
    CHECK(judged(options, row.fields, Asker::script_api) == row.api);
    CHECK(judged(options, row.fields, Asker::element) == row.element);
  }
  options.origins.push_back("https://own.example");
  CHECK(judged(options, {{"Sec-Fetch-Site", "same-origin"}}, Asker::element) == kYes);
  options.origins = {"null"};
  CHECK(judged(options, {{"Origin", "null"}}, Asker::element) == kYes);
  CHECK(judged(options, {}, Asker::element) == kUnproven);
}

TEST_CASE("without a list everybody may") {
  for (const Asker asker : {Asker::script_api, Asker::element}) {
    CHECK(judged({}, {}, asker) == kYes);
    CHECK(judged({}, {{"Origin", "https://evil.example"}}, asker) == kYes);
    CHECK(judged({}, {{"Sec-Fetch-Site", "cross-site"}}, asker) == kYes);
  }
}

TEST_CASE("a form that tells nothing and brings a cookie is taken for another site's") {
  ServiceOptions options;
  options.origins = {"https://good.example"};
  for (const std::string_view type : {"application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                                      "text/plain", "TEXT/PLAIN;charset=utf-8"}) {
    CAPTURE(type);
    CHECK(judged(options, {{"Content-Type", type}, {"Cookie", "a=b"}}, Asker::script_api, "POST") ==
          kUnproven);
    CHECK(judged(options, {{"Content-Type", type}}, Asker::script_api, "POST") ==
          kYes);  // nobody's authority
    CHECK(judged(options, {{"Content-Type", type}, {"Cookie", "a=b"}, {"Origin", "https://good.example"}},
                 Asker::script_api, "POST") == kYes);
  }
  CHECK(judged(options, {{"Content-Type", "application/json"}, {"Cookie", "a=b"}}, Asker::script_api,
               "POST") == kYes);
  CHECK(judged(options, {{"Cookie", "a=b"}}, Asker::script_api) == kYes);
}

TEST_CASE("the text of a refusal says what was told and what is expected") {
  http::Request request;
  request.fields = {{"Referer", "https://evil.example/x"}};
  const http::Response told = origin_refused(request);
  CHECK(told.head.status() == 403);
  CHECK(told.body == "the origin https://evil.example may not use this service\n");
  CHECK(told.head.fields().find("Vary: Origin\r\n") != std::string::npos);
  CHECK(told.head.fields().find("Access-Control") == std::string::npos);
  request.fields = {};
  CHECK(origin_refused(request).body.find("expected Origin, or Referer") != std::string::npos);
}
