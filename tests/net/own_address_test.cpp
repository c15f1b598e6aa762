// Which addresses are this machine's own, and which lead back to this process.
#include "server/net/own_address.hpp"
#include "server/net/peer_address.hpp"
#include "tests/net/support.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <cstring>

using namespace encke;
using namespace encke::test;

TEST_CASE("loopback is this machine's, in every form, and what nobody has is not") {
  for (const char* own : {"127.0.0.1", "127.8.9.10", "::1", "0.0.0.0", "::", "::ffff:127.0.0.1"}) {
    CAPTURE(own);
    CHECK(net::is_of_this_machine(*Address::parse(own)));
  }
  for (const char* other : {"192.0.2.77", "2001:db8::77", "128.0.0.1"}) {
    CAPTURE(other);
    CHECK_FALSE(net::is_of_this_machine(*Address::parse(other)));
  }
}

TEST_CASE("so is the address of each interface") {
  ifaddrs* list = nullptr;
  REQUIRE(::getifaddrs(&list) == 0);
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    const int family = each->ifa_addr != nullptr ? each->ifa_addr->sa_family : AF_UNSPEC;
    if (family != AF_INET && family != AF_INET6) continue;
    sockaddr_storage where{};
    std::memcpy(&where, each->ifa_addr, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    const Address address = net::address_of(where);
    CAPTURE(address.text());
    // A link-local one is none without its zone, which no target has.
    if (!Network::parse("fe80::/10")->holds(address)) CHECK(net::is_of_this_machine(address));
  }
  ::freeifaddrs(list);
}

TEST_CASE("what leads here is an address of this machine at a port that is listened at") {
  const net::Sniffer sniffer;
  net::Workers workers(1, sniffer);
  const std::uint16_t port = workers.listen("127.0.0.1:0").at(0).port;
  workers.add_port(7);
  const auto leads = [&](const char* address, std::uint16_t at) {
    return workers.leads_here(*Address::parse(address), at);
  };
  CHECK(leads("127.0.0.1", port));
  CHECK(leads("::1", port));
  CHECK(leads("127.0.0.1", 7));
  CHECK_FALSE(leads("127.0.0.1", 8));
  CHECK_FALSE(leads("192.0.2.77", port));
}
