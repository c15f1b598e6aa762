// Listen addresses as text.
#include "server/app/listen_address.hpp"

#include "server/net/inherited.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace encke::app {
namespace {

constexpr std::size_t kLongestName = 255;

bool is_numeric(const std::string& address, int family) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(family, address.c_str(), bytes.data()) == 1;
}

/// As FileDescriptorName= of systemd.socket(5) may be.
bool is_descriptor_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && std::all_of(name.begin(), name.end(), [](char byte) {
    return byte > ' ' && byte <= '~' && byte != ':';
  });
}

}  // namespace

bool ListenAddress::is_fixed() const { return port != 0 || net::is_inherited(address); }

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  if (net::is_inherited(text)) {
    if (!is_descriptor_name(text.substr(net::kInherited.size()))) return std::nullopt;
    return ListenAddress{std::string(text), 0};
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);

  ListenAddress result;
  const char* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, result.port);
  if (digits.empty() || stopped != end || error != std::errc{}) return std::nullopt;

  if (host == "localhost") host = "127.0.0.1";
  int family = AF_INET;
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    family = AF_INET6;
    host = host.substr(1, host.size() - 2);
  }
  result.address = host;
  if (family == AF_INET && host == "*") return result;
  if (host.find('\0') != std::string_view::npos || !is_numeric(result.address, family)) return std::nullopt;
  return result;
}

std::string to_string(const ListenAddress& address) {
  if (net::is_inherited(address.address)) return address.address;
  const bool ipv6 = address.address.find(':') != std::string::npos;
  return (ipv6 ? "[" + address.address + "]" : address.address) + ":" + std::to_string(address.port);
}

}  // namespace encke::app
