// Listen addresses as text.
#include "server/app/listen_address.hpp"

#include <doctest/doctest.h>

namespace encke::app {
namespace {

TEST_CASE("an address and a port are read, and written as they were read") {
  for (const std::string_view text : {"127.0.0.1:8080", "*:8080", "0.0.0.0:0", "255.255.255.255:65535",
                                      "[::1]:80", "[::]:8080", "[2001:db8::1]:443"}) {
    CAPTURE(text);
    const auto address = parse_listen_address(text);
    REQUIRE(address);
    CHECK(to_string(*address) == text);
  }
  CHECK(parse_listen_address("localhost:80") == ListenAddress{"127.0.0.1", 80});
}

TEST_CASE("other forms are refused") {
  for (const std::string_view text : {"",
                                      ":",
                                      ":80",
                                      "80",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      "127.0.0.1:65536",
                                      "127.0.0.1:-1",
                                      "127.0.0.1:+1",
                                      "127.0.0.1: 80",
                                      "127.0.0.1:80 ",
                                      "127.0.0.1:8x",
                                      "256.0.0.1:80",
                                      "127.1:80",
                                      "::1:80",
                                      "[::1]",
                                      "[::1]80",
                                      "[127.0.0.1]:80",
                                      "[]:80",
                                      "[:80",
                                      "example.org:80",
                                      "[*]:80",
                                      "[fe80::1%eth0]:80",
                                      "http://127.0.0.1:80"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_listen_address(text));
  }
  CHECK_FALSE(parse_listen_address(std::string_view("127.0.0.1\0:80", 13)));
}

}  // namespace
}  // namespace encke::app
