// Which network a client is in (PROTOCOL 6.2).
#include "transports/shared/network.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using encke::facade::network_of;

TEST_CASE("6.2 addresses of one /24 or one /48 are of one network, their neighbours are not") {
  CHECK(network_of("192.0.2.1") == network_of("192.0.2.255"));
  CHECK(network_of("192.0.2.1") != network_of("192.0.3.1"));
  CHECK(network_of("192.0.2.1") != network_of("193.0.2.1"));
  CHECK(network_of("2001:db8:1::1") == network_of("2001:db8:1:ffff:ffff:ffff:ffff:ffff"));
  CHECK(network_of("2001:db8:1::1") != network_of("2001:db8:2::1"));
  CHECK(network_of("2001:db8::1") == network_of("2001:db8:0:1::"));
  CHECK(network_of("::c:d:e:f:1:2") != network_of("::d:d:e:f:1:2"));
  CHECK(network_of("::1") == network_of("::2"));
}

TEST_CASE("6.2 it is eight digits whatever is known of the address, and nothing of that can be read in it") {
  std::set<std::string> all;
  for (const char* address : {"127.0.0.1", "10.0.0.1", "255.255.255.255", "0.0.0.0", "::", "fe80::1",
                              "2001:db8::", "", "unix", "1.2.3"}) {
    const std::string network = network_of(address);
    CAPTURE(address);
    CHECK(network.size() == 8);
    CHECK(network.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(network.find(address[0] == '\0' ? "x" : address) == std::string::npos);
    all.insert(network);
  }
  CHECK(all.size() == 10);
}

TEST_CASE("6.2 the same network has the same digits in every server and version") {
  CHECK(network_of("127.0.0.1") == "d05f9f54");
  CHECK(network_of("2001:db8::1") == "2811c759");
}
