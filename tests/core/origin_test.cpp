// The list of origins: what may stand in it, and whom an entry stands for.
#include "server/core/origin.hpp"

#include <doctest/doctest.h>

#include <string_view>
#include <utility>

using namespace encke;

TEST_CASE("an entry is an origin as browsers write it, a wildcard below a domain, or null") {
  for (const std::string_view good :
       {"https://chat.example", "http://localhost", "http://localhost:3000", "http://192.0.2.1:8080",
        "http://[::1]", "http://[2001:db8::1]:8080", "chrome-extension://abcdef", "null",
        "https://*.example.com", "https://*.example.com:8443", "http://*.localhost:3000",
        "https://*.a.b.example"}) {
    CAPTURE(good);
    CHECK(is_origin_entry(good));
  }
  for (const std::string_view bad : {"",
                                     "*",
                                     "null ",
                                     "https://",
                                     "://a",
                                     "a.example",
                                     "https://A.example",
                                     "HTTPS://a.example",
                                     "https://a.example/",
                                     "https://a.example/path",
                                     "https://a.example:443",
                                     "http://a.example:80",
                                     "https://a.example:",
                                     "https://a.example:0",
                                     "https://a.example:65536",
                                     "https://a.example:8x",
                                     "https://user@a.example",
                                     "https://a.example.",
                                     "https://.a.example",
                                     "https://a..example",
                                     "https://*",
                                     "https://*.",
                                     "https://*.com",
                                     "https://*.192.0.2.1",
                                     "https://*.[::1]",
                                     "https://a*.example.com",
                                     "https://*a.example.com",
                                     "https://a.*.example.com",
                                     "https://*.*.example.com",
                                     "*.example.com",
                                     "https://*.example.com/",
                                     "http://[::1",
                                     "http://[]",
                                     "http://[::g]",
                                     "http://::1",
                                     "https://a b"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_origin_entry(bad));
  }
}

TEST_CASE("an exact entry stands for itself alone") {
  CHECK(origin_matches("https://example.com", "https://example.com"));
  CHECK(origin_matches("http://[::1]:8080", "http://[::1]:8080"));
  CHECK(origin_matches("null", "null"));
  for (const std::string_view other :
       {"", "null", "http://example.com", "https://example.com:8443", "https://example.com:443",
        "https://example.com.", "https://example.com/", "https://Example.com", "HTTPS://example.com",
        "https://evilexample.com", "https://example.com.evil", "https://a.example.com",
        "https://user@example.com", "https://example.com@evil", "https://example.com,https://evil",
        " https://example.com"}) {
    CAPTURE(other);
    CHECK_FALSE(origin_matches("https://example.com", other));
  }
  CHECK_FALSE(origin_matches("null", ""));
  CHECK_FALSE(origin_matches("http://[::1]:8080", "http://[::1]"));
  CHECK_FALSE(origin_matches("http://[::1]", "http://[0:0:0:0:0:0:0:1]"));
}

TEST_CASE("a wildcard stands for every name below its domain, at its scheme and port, and for no other") {
  for (const auto& [entry, origin] :
       {std::pair<std::string_view, std::string_view>{"https://*.example.com", "https://a.example.com"},
        {"https://*.example.com", "https://a.b.example.com"},
        {"https://*.example.com", "https://a-1_b.example.com"},
        {"https://*.example.com:8443", "https://a.example.com:8443"},
        {"http://*.localhost:3000", "http://x.localhost:3000"}}) {
    CAPTURE(origin);
    CHECK(origin_matches(entry, origin));
  }
  for (const std::string_view near : {"https://example.com",
                                      "https://.example.com",
                                      "https://evilexample.com",
                                      "https://a.evilexample.com",
                                      "https://a.example.com.evil",
                                      "https://a.example.com:8443",
                                      "https://a.example.com.",
                                      "http://a.example.com",
                                      "https://A.example.com",
                                      "https://a.Example.com",
                                      "https://a..example.com",
                                      "https://user@a.example.com",
                                      "https://evil/.example.com",
                                      "https://evil#.example.com",
                                      "https://evil?.example.com",
                                      "https://evil:1.example.com",
                                      "https://[::1].example.com",
                                      "https://*.example.com.evil",
                                      "https://evil\\.example.com",
                                      "https://a b.example.com",
                                      "https://a%2e.example.com",
                                      "null",
                                      ""}) {
    CAPTURE(near);
    CHECK_FALSE(origin_matches("https://*.example.com", near));
  }
  CHECK_FALSE(origin_matches("https://*.example.com:8443", "https://a.example.com"));
  CHECK_FALSE(origin_matches("https://*.example.com:8443", "https://a.example.com:84430"));
}

TEST_CASE("an empty list lists nobody, a longer one whoever one of its entries stands for") {
  CHECK_FALSE(origin_matches_any({}, "https://a.example"));
  CHECK(origin_matches_any({"https://b.example", "https://*.a.example"}, "https://x.a.example"));
  CHECK_FALSE(origin_matches_any({"https://b.example", "https://*.a.example"}, "https://a.example"));
}
