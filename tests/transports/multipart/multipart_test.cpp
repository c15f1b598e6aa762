// Multipart: parts that take each other's place.
#include "transports/multipart/multipart.hpp"

#include "tests/transports/receiver_rules.hpp"

using namespace encke;
using namespace encke::test;

namespace {

ReceiverRules rules() {
  return {.make = &make_multipart,
          .method = "GET",
          .target = "multipart",
          .type = "multipart/x-mixed-replace;boundary=\"encke\"",
          .more_fields = "",
          .cross_origin = true,
          .prelude = "--encke\n",
          .enveloped =
              [](std::string_view frame) {
                return "Content-Type: text/plain; charset=us-ascii\n\n" + std::string(frame) +
                       "\n\n--encke\n";
              },
          .epilogue = "Content-Type: text/plain; charset=us-ascii\n\n\n--encke--\n"};
}

}  // namespace

TEST_CASE(
    "multipart: a boundary, a part a frame with the next boundary right behind it, an empty part last") {
  check_stream(rules());
}

TEST_CASE("a part says that it is ASCII where it is, and UTF-8 where it is not") {
  ServiceSite site(make_multipart());
  FakeStream& browser = site.connect();
  site.ask(browser, rules().request());
  site.say("\x7f");
  CHECK(browser.sent() == rules().frame_chunk("a[\"\x7f\"]"));
  site.say("\xc3\xa9");
  CHECK(browser.sent() == chunk("Content-Type: text/plain; charset=UTF-8\n\na[\"\xc3\xa9\"]\n\n--encke\n"));
}

TEST_CASE(
    "nothing in a message can be taken for a boundary: it stands behind a line end, and a frame has none") {
  ServiceSite site(make_multipart());
  FakeStream& browser = site.connect();
  site.ask(browser, rules().request());
  site.say("\n--encke\n");
  CHECK(browser.sent() == rules().frame_chunk(R"(a["\n--encke\n"])"));
}
