// Names of hosts.
#include "server/core/host_name.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace encke;

TEST_CASE("RFC 1123 2.1: a host's name is labels of letters, digits and inner hyphens") {
  const std::string longest_label(63, 'a');
  for (const std::string name :
       {"example.com", "localhost", "a", "A-1.Example", "x_y.example", "3com.example"}) {
    CAPTURE(name);
    CHECK(is_host_name(name));
  }
  CHECK(is_host_name(longest_label + ".example"));
  CHECK_FALSE(is_host_name(longest_label + "a.example"));
  for (const std::string name : {"", ".", "example.", ".example", "a..b", "-a.example", "a-.example", "a b",
                                 "a:80", "ä", "[::1]", "a/b", "*.example"}) {
    CAPTURE(name);
    CHECK_FALSE(is_host_name(name));
  }
}

TEST_CASE("a name of 253 bytes is a host's, a longer one is not") {
  std::string name(61, 'a');
  while (name.size() < 253) name += "." + std::string(63, 'b');
  REQUIRE(name.size() == 253);
  CHECK(is_host_name(name));
  CHECK_FALSE(is_host_name("a" + name));
}

TEST_CASE("a name whose last label is a number is an address, not a host's") {
  CHECK_FALSE(is_host_name("127.0.0.1"));
  CHECK_FALSE(is_host_name("256.1"));
  CHECK(is_host_name("127.0.0.1a"));
  CHECK_FALSE(is_host_name("0x7f000001"));
  CHECK_FALSE(is_host_name("127.0.0.0X1F"));
  CHECK_FALSE(is_host_name("0x"));
  CHECK(is_host_name("0xg"));
  CHECK(is_host_name("0x7f.example"));
}

TEST_CASE("a domain has a dot, is in lower case, and has no underscore") {
  CHECK(is_domain_name("example.com"));
  CHECK(is_domain_name("a-1.b.example"));
  CHECK_FALSE(is_domain_name("localhost"));
  CHECK_FALSE(is_domain_name("Example.com"));
  CHECK_FALSE(is_domain_name("a_b.example"));
  CHECK_FALSE(is_domain_name("192.0.2.7"));
  CHECK_FALSE(is_domain_name("example.com:80"));
}
