// Sec-WebSocket-Extensions: which offers of permessage-deflate are taken, and how they are answered.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "transports/websocket/deflate.hpp"

using namespace encke::websocket;

namespace {

const std::string kAnswer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

std::string answer(std::string_view offer) {
  const auto agreed = negotiate(offer);
  return agreed ? agreed->header() : "";
}

}  // namespace

TEST_CASE("plain offers are taken (RFC 7692 section 7.1)") {
  for (const std::string offer :
       {"permessage-deflate", "permessage-deflate; client_max_window_bits",
        "permessage-deflate; client_max_window_bits=10", "permessage-deflate;client_max_window_bits=8",
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
        "permessage-deflate ; client_max_window_bits = \"15\"",
        "permessage-deflate; client_max_window_bits=\"1\\5\"", " \tpermessage-deflate\t ",
        ",, permessage-deflate ,,", "x-webkit-deflate-frame, permessage-deflate",
        "x; a=b; c=\"d\\\"e, permessage-deflate; nope\", permessage-deflate"}) {
    CAPTURE(offer);
    CHECK(answer(offer) == kAnswer);
  }
}

TEST_CASE("a window asked of us is named in the answer (RFC 7692 section 7.1.2.1)") {
  for (int bits = 9; bits <= 15; ++bits) {
    const std::string number = std::to_string(bits);
    const std::string expected = kAnswer + "; server_max_window_bits=" + number;
    CHECK(answer("permessage-deflate; server_max_window_bits=" + number) == expected);
    CHECK(answer("permessage-deflate; server_max_window_bits=\"" + number + "\"") == expected);
    CHECK(negotiate("permessage-deflate; server_max_window_bits=" + number)->server_window_bits == bits);
  }
  CHECK(negotiate("permessage-deflate")->server_window_bits == 15);
}

TEST_CASE("offers that cannot be met are declined (RFC 7692 section 7.1, CVE-2026-2229)") {
  for (const std::string parameters : {"server_max_window_bits=8",
                                       "server_max_window_bits=7",
                                       "server_max_window_bits=16",
                                       "server_max_window_bits=08",
                                       "server_max_window_bits=010",
                                       "server_max_window_bits=\"08\"",
                                       "server_max_window_bits=1",
                                       "server_max_window_bits=",
                                       "server_max_window_bits=\"\"",
                                       "server_max_window_bits",
                                       "server_max_window_bits=ten",
                                       "server_max_window_bits=-9",
                                       "server_max_window_bits=+9",
                                       "server_max_window_bits=9.0",
                                       "server_max_window_bits=4294967305",
                                       "client_max_window_bits=7",
                                       "client_max_window_bits=16",
                                       "client_max_window_bits=08",
                                       "client_max_window_bits=",
                                       "client_max_window_bits=x",
                                       "server_no_context_takeover=1",
                                       "client_no_context_takeover=\"\"",
                                       "server_no_context_takeover; server_no_context_takeover",
                                       "client_no_context_takeover; client_no_context_takeover",
                                       "server_max_window_bits=10; server_max_window_bits=10",
                                       "client_max_window_bits; client_max_window_bits=10",
                                       "unknown",
                                       "unknown=1",
                                       "constructor",
                                       "__proto__=1"}) {
    CAPTURE(parameters);
    const std::string offer = "permessage-deflate; " + parameters;
    CHECK(answer(offer).empty());
    CHECK(answer(offer + ", permessage-deflate") == kAnswer);
    CHECK(answer(offer + ", permessage-deflate; server_max_window_bits=12") ==
          kAnswer + "; server_max_window_bits=12");
  }
}

TEST_CASE("malformed offers are passed over, what follows them counts (RFC 6455 section 9.1)") {
  for (const std::string offer :
       {"permessage-deflate;", "permessage-deflate; =", "permessage-deflate; ; client_max_window_bits",
        "permessage-deflate client_max_window_bits", "permessage-deflate; client_max_window_bits 10",
        "permessage-deflate; client_max_window_bits=\"1 0\"", "permessage-deflate; a=\"b\"c",
        "\"permessage-deflate\"", "=", ";", "@", "permessage-deflate; a=b=c", "permessage-deflate; (",
        "perm\xff"}) {
    CAPTURE(offer);
    CHECK(answer(offer).empty());
    CHECK(answer(offer + ", permessage-deflate") == kAnswer);
  }
  for (const std::string offer :
       {"", " ", ",", "permessage-deflat", "permessage-deflatee", "Permessage-Deflate",
        "permessage-deflate; a=\"never closed, permessage-deflate", "a; b=\"\\", "a; b=\"\\\""}) {
    CAPTURE(offer);
    CHECK(answer(offer).empty());
  }
}

TEST_CASE("the first offer that can be met wins (RFC 7692 section 5)") {
  CHECK(answer("permessage-deflate; server_max_window_bits=10, permessage-deflate") ==
        kAnswer + "; server_max_window_bits=10");
  CHECK(
      answer(
          "foo, permessage-deflate; server_max_window_bits=8, permessage-deflate; server_max_window_bits=11, "
          "permessage-deflate") == kAnswer + "; server_max_window_bits=11");
}

TEST_CASE("long hostile headers are read once (CVE-2020-7662, CVE-2020-7663)") {
  std::string escapes = "a; b=\"";
  std::string quotes = "a; b=";
  std::string offers;
  std::string parameters = "permessage-deflate";
  for (int i = 0; i < 200'000; ++i) {
    escapes += "\\c";
    quotes += "\"x\",";
    offers += "permessage-deflate; server_max_window_bits=8,";
    parameters += "; client_max_window_bits";
  }
  for (const std::string& header :
       {escapes, quotes, offers, parameters, std::string(1'000'000, ' '), std::string(1'000'000, ','),
        std::string(1'000'000, '"'), std::string(1'000'000, ';')}) {
    CHECK_FALSE(negotiate(header).has_value());
  }
}
