// Server-sent events.
#include "transports/eventsource/eventsource.hpp"

#include "tests/transports/receiver_rules.hpp"

using namespace encke;
using namespace encke::test;

namespace {

ReceiverRules rules() {
  return {.make = &make_eventsource,
          .method = "GET",
          .target = "eventsource",
          .type = "text/event-stream",
          .more_fields = "",
          .cross_origin = true,
          .prelude = "\r\n",
          .enveloped = [](std::string_view frame) { return "data: " + std::string(frame) + "\r\n\r\n"; }};
}

}  // namespace

TEST_CASE("eventsource: an empty event, then a frame an event") { check_stream(rules()); }

TEST_CASE("what would break an event, or be decoded by clients, is percent-encoded (facts 5)") {
  ServiceSite site(make_eventsource());
  FakeStream& browser = site.connect();
  site.ask(browser, rules().request());
  site.say("100%25\r\n");
  CHECK(browser.sent() == rules().frame_chunk(R"(a["100%2525\r\n"])"));
}
