// Addresses and networks as numbers.
#include "server/core/address.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

namespace encke {
namespace {

std::string written(std::string_view text) {
  const auto address = Address::parse(text);
  return address ? address->text() : "none";
}

TEST_CASE("an address is written as RFC 5952 has it, however it was read") {
  for (const auto& [text, expected] : {std::pair<const char*, const char*>{"192.0.2.1", "192.0.2.1"},
                                       {"0.0.0.0", "0.0.0.0"},
                                       {"255.255.255.255", "255.255.255.255"},
                                       {"::", "::"},
                                       {"::1", "::1"},
                                       {"1::", "1::"},
                                       {"2001:DB8::1", "2001:db8::1"},
                                       {"2001:0db8:0:0:0:0:0:1", "2001:db8::1"},
                                       {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
                                       {"1:0:0:2:0:0:3:4", "1::2:0:0:3:4"},
                                       {"1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
                                       {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
                                       {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
                                       {"::ffff:192.0.2.1", "192.0.2.1"},
                                       {"::ffff:c000:201", "192.0.2.1"},
                                       {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"}}) {
    CAPTURE(text);
    CHECK(written(text) == expected);
  }
}

TEST_CASE("what is no address is none") {
  for (const char* text : {"",
                           " ",
                           "1",
                           "1.2.3",
                           "1.2.3.4.5",
                           "256.1.1.1",
                           "1.2.3.04",
                           "1.2.3.",
                           ".1.2.3",
                           "1..2.3",
                           "1.2.3.4 ",
                           "+1.2.3.4",
                           "0x1.2.3.4",
                           ":",
                           ":::",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1::2::3",
                           "12345::",
                           "g::",
                           "1:2:3:4:5:6:7:8::",
                           "::1:2:3:4:5:6:7:8",
                           ":1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:",
                           "fe80::1%eth0",
                           "[::1]",
                           "::1.2.3",
                           "1.2.3.4::",
                           "::1.2.3.4:5",
                           "::1.2.3.4.",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "-1::",
                           "::+1",
                           "localhost",
                           "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"}) {
    CAPTURE(text);
    CHECK(written(text) == "none");
  }
}

TEST_CASE("an IPv4 address counts alone, an IPv6 one with its /64") {
  const auto network = [](std::string_view text) { return Address::parse(text)->network(); };
  CHECK(network("192.0.2.1") != network("192.0.2.2"));
  CHECK(network("192.0.2.1") == network("::ffff:192.0.2.1"));
  CHECK(network("2001:db8:0:1::1") == network("2001:db8:0:1:ffff::2"));
  CHECK(network("2001:db8:0:1::1") != network("2001:db8:0:2::1"));
}

TEST_CASE("a network holds the addresses that share its bits") {
  const auto holds = [](std::string_view network, std::string_view address) {
    return Network::parse(network)->holds(*Address::parse(address));
  };
  CHECK(holds("192.0.2.0/24", "192.0.2.255"));
  CHECK(!holds("192.0.2.0/24", "192.0.3.0"));
  CHECK(holds("192.0.2.128/25", "192.0.2.129"));
  CHECK(!holds("192.0.2.128/25", "192.0.2.127"));
  CHECK(holds("192.0.2.1", "::ffff:192.0.2.1"));
  CHECK(!holds("192.0.2.1", "192.0.2.0"));
  CHECK(holds("0.0.0.0/0", "203.0.113.9"));
  CHECK(!holds("0.0.0.0/0", "2001:db8::1"));
  CHECK(holds("::/0", "2001:db8::1"));
  CHECK(holds("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK(!holds("2001:db8::/33", "2001:db8:8000::1"));
}

TEST_CASE("what is no network is none") {
  for (const char* text : {"", "/", "192.0.2.0/", "192.0.2.0/33", "192.0.2.1/24", "192.0.2.0/024",
                           "192.0.2.0/-1", "192.0.2.0/24/24", "::/129", "2001:db8::1/64", "example.com/8"}) {
    CAPTURE(text);
    CHECK(!Network::parse(text));
  }
}

TEST_CASE("any bytes are written so that they are read again") {
  std::uint32_t state = 1;
  for (int round = 0; round < 20000; ++round) {
    std::array<std::uint8_t, 16> bytes{};
    for (std::uint8_t& byte : bytes) {
      state = state * 1664525u + 1013904223u;
      byte = (state >> 28) < 9 ? 0 : static_cast<std::uint8_t>(state >> 16);
    }
    const Address address = Address::v6(bytes.data());
    const auto again = Address::parse(address.text());
    REQUIRE(again);
    REQUIRE(*again == address);
  }
}

}  // namespace
}  // namespace encke
