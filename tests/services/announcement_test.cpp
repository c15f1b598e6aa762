// The PROXY protocol's headers (its specification, 2.1 and 2.2) and WEBIRC's line, byte for byte.
#include "server/services/announcement.hpp"

#include <doctest/doctest.h>

using encke::Address;
using namespace encke::services;

namespace {

constexpr std::string_view kSignature{"\r\n\r\n\0\r\nQUIT\n", 12};

std::string bytes(std::string_view text) { return std::string(kSignature) + std::string(text); }

}  // namespace

TEST_CASE("version 1 names both ends, and no port of the client's") {
  CHECK(proxy_header(1, {Address::parse("192.0.2.7"), Address::parse("198.51.100.1"), 6667}) ==
        "PROXY TCP4 192.0.2.7 198.51.100.1 0 6667\r\n");
  CHECK(proxy_header(1, {Address::parse("2001:db8::7"), Address::parse("2001:db8::1"), 6667}) ==
        "PROXY TCP6 2001:db8::7 2001:db8::1 0 6667\r\n");
}

TEST_CASE("ends of two kinds are both written as IPv6") {
  CHECK(proxy_header(1, {Address::parse("192.0.2.7"), Address::parse("2001:db8::1"), 1}) ==
        "PROXY TCP6 ::ffff:192.0.2.7 2001:db8::1 0 1\r\n");
  CHECK(proxy_header(1, {Address::parse("2001:db8::7"), Address::parse("192.0.2.7"), 1}) ==
        "PROXY TCP6 2001:db8::7 ::ffff:192.0.2.7 0 1\r\n");
}

TEST_CASE("a server that has no address, and a client that is not known") {
  CHECK(proxy_header(1, {Address::parse("192.0.2.7"), std::nullopt, 0}) ==
        "PROXY TCP4 192.0.2.7 0.0.0.0 0 0\r\n");
  CHECK(proxy_header(1, {Address::parse("2001:db8::7"), std::nullopt, 0}) ==
        "PROXY TCP6 2001:db8::7 :: 0 0\r\n");
  CHECK(proxy_header(1, {}) == "PROXY UNKNOWN\r\n");
  CHECK(proxy_header(2, {}) == bytes(std::string_view("\x20\0\0\0", 4)));
}

TEST_CASE("version 2 has the same in bytes") {
  CHECK(proxy_header(2, {Address::parse("192.0.2.7"), Address::parse("198.51.100.1"), 6667}) ==
        bytes(std::string_view("\x21\x11\0\x0C\xC0\0\2\7\xC6\x33\x64\1\0\0\x1A\x0B", 16)));
  const std::string six = proxy_header(2, {Address::parse("2001:db8::7"), Address::parse("192.0.2.1"), 258});
  CHECK(six.size() == 12 + 4 + 36);
  CHECK(six.substr(12, 4) == std::string_view("\x21\x21\0\x24", 4));
  CHECK(six.substr(16, 16) == std::string_view("\x20\1\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\7", 16));
  CHECK(six.substr(32, 16) == std::string_view("\0\0\0\0\0\0\0\0\0\0\xFF\xFF\xC0\0\2\1", 16));
  CHECK(six.substr(48) == std::string_view("\0\0\1\2", 4));
}

TEST_CASE("WEBIRC has the address twice, for the name is not asked for") {
  CHECK(webirc_line("secret", "encke", Address::parse("192.0.2.7")) ==
        "WEBIRC secret encke 192.0.2.7 192.0.2.7\r\n");
  // A colon in front would make it the last parameter.
  CHECK(webirc_line("secret", "encke", Address::parse("::1")) == "WEBIRC secret encke 0::1 0::1\r\n");
  CHECK(webirc_line("secret", "encke", std::nullopt) == "WEBIRC secret encke 0.0.0.0 0.0.0.0\r\n");
}
