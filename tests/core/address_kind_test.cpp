// What an address is for.
#include "server/core/address_kind.hpp"

#include <doctest/doctest.h>

#include <string>

namespace encke {
namespace {

AddressKind kind(const char* text) { return kind_of(*Address::parse(text)); }

TEST_CASE("addresses of the public internet are told from all others, at both ends of each range") {
  for (const char* open :
       {"1.0.0.0",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.0",       "169.253.255.255", "169.255.0.0",    "172.15.255.255",
        "172.32.0.0",      "191.255.255.255", "192.0.1.0",       "192.0.3.0",      "192.88.98.255",
        "192.88.100.0",    "192.167.255.255", "192.169.0.0",     "198.17.255.255", "198.20.0.0",
        "198.51.99.255",   "198.51.101.0",    "203.0.112.255",   "203.0.114.0",    "223.255.255.255",
        "::ffff:1.1.1.1",  "2001:200::",      "2001:db7:ffff::", "2001:db9::",     "2003::",
        "2606:4700::1111", "3ffe:ffff::",     "3fff:1000::"}) {
    CAPTURE(open);
    CHECK(kind(open) == AddressKind::open);
  }
  for (const char* special :
       {"10.0.0.0",       "10.255.255.255",   "100.64.0.0",      "100.127.255.255", "127.0.0.0",
        "127.0.0.1",      "127.255.255.255",  "169.254.0.0",     "169.254.169.254", "169.254.255.255",
        "172.16.0.0",     "172.31.255.255",   "192.0.0.0",       "192.0.0.255",     "192.0.2.1",
        "192.88.99.1",    "192.168.0.0",      "192.168.255.255", "198.18.0.0",      "198.19.255.255",
        "198.51.100.1",   "203.0.113.1",      "240.0.0.0",       "255.255.255.254", "::1",
        "::127.0.0.1",    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1",
        "100::1",         "2001::1",          "2001:1ff:ffff::", "2001:db8::1",     "2002::1",
        "2002:7f00:1::1", "3fff::1",          "3fff:fff:ffff::", "5f00::1",         "fc00::1",
        "fdff::1",        "fe80::1",          "febf::1",         "fec0::1",         "1fff::1",
        "4000::1"}) {
    CAPTURE(special);
    CHECK(kind(special) == AddressKind::special);
  }
  for (const char* never : {"0.0.0.0", "0.255.255.255", "224.0.0.0", "239.255.255.255", "255.255.255.255",
                            "::", "::ffff:0.0.0.0", "ff00::1", "ff02::1"}) {
    CAPTURE(never);
    CHECK(kind(never) == AddressKind::never);
  }
}

TEST_CASE("what NAT64 leads to is the IPv4 address in it") {
  CHECK(behind_nat64(*Address::parse("64:ff9b::127.0.0.1")) == Address::parse("127.0.0.1"));
  CHECK_FALSE(behind_nat64(*Address::parse("64:ff9b:0:0:0:1:7f00:1")));
  CHECK_FALSE(behind_nat64(*Address::parse("127.0.0.1")));
}

TEST_CASE("a network lies in a range where all of it does") {
  const auto special = [](const char* text) { return lies_in(AddressKind::special, *Network::parse(text)); };
  for (const char* inside : {"10.0.0.0/8", "10.1.0.0/16", "127.0.0.1", "192.168.7.0/24", "::1", "fd00::/8"})
    CHECK(special(inside));
  for (const char* wider : {"0.0.0.0/0", "8.0.0.0/6", "192.168.0.0/15", "fc00::/6", "::/0", "1.1.1.1"})
    CHECK_FALSE(special(wider));
  CHECK(lies_in(AddressKind::never, *Network::parse("224.0.0.0/24")));
  CHECK_FALSE(lies_in(AddressKind::never, *Network::parse("0.0.0.0/0")));
}

}  // namespace
}  // namespace encke
