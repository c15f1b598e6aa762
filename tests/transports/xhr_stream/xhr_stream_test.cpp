// XHR streaming.
#include "transports/xhr_stream/xhr_stream.hpp"

#include "tests/transports/receiver_rules.hpp"

using namespace encke;
using namespace encke::test;

TEST_CASE("xhr_stream: 2048 h, then a frame a line") {
  check_stream({.make = &make_xhr_stream,
                .method = "POST",
                .target = "xhr_streaming",
                .type = "application/javascript; charset=UTF-8",
                .more_fields = "",
                .cross_origin = true,
                .prelude = std::string(2048, 'h') + "\n",
                .enveloped = [](std::string_view frame) { return std::string(frame) + "\n"; }});
}
