// The PROXY protocol: good headers at every split, and bad ones.
#include "server/net/proxy_header.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace encke::net {
namespace {

using State = ProxyHeader::State;
using namespace std::string_literals;

const std::string kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string binary(char command, char family, const std::string& rest) {
  return kSignature + command + family + static_cast<char>(rest.size() >> 8) +
         static_cast<char>(rest.size() & 0xff) + rest;
}

const std::string kAddresses4("\xc0\x00\x02\x01\xc0\x00\x02\x02\x00\x50\x01\xbb", 12);
const std::string kAddresses6 =
    "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01"s + std::string(16, '\x02') + "\x00\x50\x01\xbb"s;

struct Read {
  State state = State::more;
  std::size_t used = 0;
  std::string source;
};

/// Feeds pieces of these sizes, again and again from what was not used.
Read read(std::string_view bytes, std::size_t first, std::size_t piece) {
  ProxyHeader header;
  Read result;
  std::size_t size = first;
  while (result.state == State::more && result.used < bytes.size()) {
    result.state = header.feed(bytes.substr(result.used, size));
    REQUIRE(header.used() > 0);
    result.used += header.used();
    size = piece;
  }
  if (header.source()) result.source = header.source()->text();
  if (result.state == State::wrong) CHECK(!header.fault().empty());
  return result;
}

void check_good(const std::string& header, const std::string& source) {
  CAPTURE(header);
  const std::string bytes = header + "GET / HTTP/1.1\r\n";
  for (std::size_t first = 1; first <= bytes.size(); ++first) {
    for (const std::size_t piece : {std::size_t{1}, bytes.size()}) {
      const Read result = read(bytes, first, piece);
      REQUIRE(result.state == State::done);
      REQUIRE(result.used == header.size());
      REQUIRE(result.source == source);
    }
  }
}

TEST_CASE("good headers are read at every split, and nothing behind them is") {
  check_good("PROXY TCP4 192.0.2.1 192.0.2.2 80 443\r\n", "192.0.2.1");
  check_good("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255");
  check_good("PROXY TCP6 2001:db8::1 2001:db8::2 0 65535\r\n", "2001:db8::1");
  check_good(
      "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 "
      "65535\r\n",
      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
  check_good("PROXY UNKNOWN\r\n", "");
  check_good("PROXY UNKNOWN ffff::1 what ever 1 2\r\n", "");
  check_good(binary('\x21', '\x11', kAddresses4), "192.0.2.1");
  check_good(binary('\x21', '\x21', kAddresses6), "2001:db8::1");
  check_good(binary('\x21', '\x11', kAddresses4 + "\x04\x00\x03" + "abc"), "192.0.2.1");
  check_good(binary('\x21', '\x21', kAddresses6 + std::string(100, 'x')), "2001:db8::1");
  check_good(binary('\x21', '\x31', std::string(216, 'x')), "");
  check_good(binary('\x21', '\x00', ""), "");
  check_good(binary('\x21', '\x00', "tlv"), "");
  check_good(binary('\x20', '\x00', ""), "");
  check_good(binary('\x20', '\x11', kAddresses4), "");
}

TEST_CASE("bad headers are refused, however they come") {
  for (const std::string& bytes : {"GET / HTTP/1.1\r\n"s,
                                   "\x16\x03\x01"s,
                                   "PROXI TCP4"s,
                                   "proxy TCP4 1.2.3.4"s,
                                   "PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n"s,
                                   "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n"s,
                                   "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n"s,
                                   "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n"s,
                                   "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n"s,
                                   "PROXY TCP4 1.2.3.4 ::1 1 2\r\n"s,
                                   "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n"s,
                                   "PROXY TCP4 ::ffff:1.2.3.4 ::ffff:1.2.3.4 1 2\r\n"s,
                                   "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n"s,
                                   "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n"s,
                                   "PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n"s,
                                   "PROXY TCP4 1.2.3.4 1.2.3.4 1 \r\n"s,
                                   "PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n"s,
                                   "PROXY \r\n"s,
                                   "PROXY UNKNOWNS\r\n"s,
                                   "PROXY UNKNOWN "s + std::string(200, 'x'),
                                   kSignature.substr(0, 11) + "x",
                                   "\r\n\r\nGET"s,
                                   binary('\x22', '\x11', kAddresses4),
                                   binary('\x11', '\x11', kAddresses4),
                                   binary('\x21', '\x12', kAddresses4),
                                   binary('\x21', '\x22', kAddresses6),
                                   binary('\x21', '\x41', kAddresses6),
                                   binary('\x21', '\x11', kAddresses4.substr(1)),
                                   binary('\x21', '\x21', kAddresses6.substr(1)),
                                   binary('\x21', '\x31', std::string(215, 'x')),
                                   kSignature + "\x21\x11\x10\x01"s,
                                   kSignature + "\x20\x00\xff\xff"s}) {
    CAPTURE(bytes);
    for (std::size_t first = 1; first <= bytes.size(); ++first)
      CHECK(read(bytes, first, 1).state == State::wrong);
  }
}

TEST_CASE("a line of version 1 may have 107 bytes, and no more") {
  const std::string begin = "PROXY UNKNOWN ";
  const std::string longest = begin + std::string(107 - begin.size() - 2, 'x') + "\r\n";
  REQUIRE(longest.size() == 107);
  check_good(longest, "");
  CHECK(read(begin + std::string(107 - begin.size() - 1, 'x') + "\r\n", 1, 1).state == State::wrong);
}

TEST_CASE("4096 bytes behind the first 16 of version 2 are read, and no more") {
  check_good(binary('\x20', '\x00', std::string(4096, 'x')), "");
  CHECK(read(binary('\x20', '\x00', std::string(4097, 'x')), 16, 16).state == State::wrong);
}

}  // namespace
}  // namespace encke::net
