// What opening sessions of the facade may cost (PROTOCOL 6.2).
#include "transports/shared/facade_service.hpp"

#include "tests/transports/support.hpp"
#include "transports/shared/facade_session.hpp"

using namespace encke;
using namespace encke::test;

namespace {

/// Answers with nothing but 200.
class NoTransport final : public Transport {
 public:
  const TransportInfo& info() const override { return info_; }
  Result<void> serve(http::Exchange& exchange, Sessions&) override {
    exchange.respond(http::ResponseHead(200), "");
    return {};
  }

 private:
  TransportInfo info_{"none", {}, {}, {}};
};

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
  CHECK(refused.ends_with("too many sessions wait for a connection; try again later\n"));
  CHECK(status(site.ask(by_script)) == "503");
  CHECK(site.facade_sessions() == 3);
  site.loop.pass(ServiceOptions{}.resume_window);
  CHECK(site.facade_sessions() == 0);
  CHECK(status(site.ask(by_post)) == "200");
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
