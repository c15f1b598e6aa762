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

TEST_CASE("what systemd hands in is listened to by its name") {
  const auto address = parse_listen_address("systemd:encke-policy.socket");
  REQUIRE(address.has_value());
  CHECK(address->port == 0);
  CHECK(to_string(*address) == "systemd:encke-policy.socket");
  CHECK(address->is_fixed());
  CHECK(parse_listen_address("127.0.0.1:80")->is_fixed());
  CHECK_FALSE(parse_listen_address("127.0.0.1:0")->is_fixed());
  for (const std::string& name : {std::string(), std::string("a b"), std::string("a:b"), std::string("a\n"),
                                  std::string("caf\xc3\xa9"), std::string(256, 'a')}) {
    CHECK_FALSE(parse_listen_address("systemd:" + name));
  }
  CHECK(parse_listen_address("systemd:" + std::string(255, 'a')));
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
