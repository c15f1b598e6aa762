// What an address is for.
#include "server/core/address_kind.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace encke {

namespace {

constexpr std::size_t kMapped = 12;

std::vector<Network> networks(std::initializer_list<std::string_view> texts) {
  std::vector<Network> all;
  for (const std::string_view text : texts) all.push_back(*Network::parse(text));
  return all;
}

const std::vector<Network>& never_networks() {
  static const std::vector<Network> kAll =
      networks({"0.0.0.0/8",  // "this network": many systems take it for this machine
                "224.0.0.0/4", "255.255.255.255", "::", "ff00::/8"});
  return kAll;
}

const std::vector<Network>& special_networks() {
  static const std::vector<Network> kAll =
      networks({"10.0.0.0/8",
                "100.64.0.0/10",                     // behind a carrier's NAT
                "127.0.0.0/8",     "168.63.129.16",  // a cloud's own service, within its machines
                "169.254.0.0/16",  "172.16.0.0/12",
                "192.0.0.0/24",    // protocol assignments
                "192.0.2.0/24",    // documentation
                "192.88.99.0/24",  // relays of 6to4
                "192.168.0.0/16",
                "198.18.0.0/15",                      // benchmarks
                "198.51.100.0/24", "203.0.113.0/24",  // documentation
                "240.0.0.0/4",                        // reserved
                "::/96",                              // IPv4-compatible, and loopback
                "64:ff9b:1::/48",                     // NAT64 of the local network
                "100::/64",                           // discarded
                "2001::/23",                          // Teredo, ORCHID and other protocols' own
                "2001:db8::/32",   "3fff::/20",       // documentation
                "2002::/16",                          // 6to4, which leads to any IPv4 address
                "5f00::/16",                          // segment routing
                "fc00::/7",        "fe80::/10",      "fec0::/10"});  // site-local
  return kAll;
}

bool any_holds(const std::vector<Network>& all, const Address& address) {
  return std::any_of(all.begin(), all.end(), [&](const Network& network) { return network.holds(address); });
}

}  // namespace

AddressKind kind_of(const Address& address) {
  static const Network kGlobal = *Network::parse("2000::/3");
  if (any_holds(never_networks(), address)) return AddressKind::never;
  if (any_holds(special_networks(), address)) return AddressKind::special;
  return address.is_v4() || kGlobal.holds(address) ? AddressKind::open : AddressKind::special;
}

std::optional<Address> behind_nat64(const Address& address) {
  static const Network kPrefix = *Network::parse("64:ff9b::/96");
  if (!kPrefix.holds(address)) return std::nullopt;
  return Address::v4(address.bytes.data() + kMapped);
}

bool lies_in(AddressKind kind, const Network& network) {
  const std::vector<Network>& all = kind == AddressKind::never ? never_networks() : special_networks();
  return std::any_of(all.begin(), all.end(), [&](const Network& each) { return each.holds(network); });
}

}  // namespace encke
