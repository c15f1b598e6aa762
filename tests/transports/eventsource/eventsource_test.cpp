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

ReceiverRules old_rules() {
  ReceiverRules rules = ::rules();
  rules.target = "dom_event_stream?x";
  rules.type = "application/x-dom-event-stream";
  rules.prelude = "\n";
  rules.enveloped = [](std::string_view frame) {
    return "Event: frame\ndata: " + std::string(frame) + "\n\n";
  };
  return rules;
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

TEST_CASE(
    "the form of Opera 8 and 9 names each event before its data, and has a type and a path of its own") {
  check_stream(old_rules());
}

TEST_CASE("a session that is called as the old form's path is read in the form that it asks for") {
  ServiceSite site(make_eventsource());
  CHECK(site.ask("GET /s/0/dom_event_stream/eventsource/ HTTP/1.1\r\nHost: h\r\n\r\n")
            .find("Content-Type: text/event-stream\r\n") != std::string::npos);
  CHECK(site.ask("GET /s/0/eventsource/dom_event_stream/ HTTP/1.1\r\nHost: h\r\n\r\n")
            .find("Content-Type: application/x-dom-event-stream\r\n") != std::string::npos);
}
