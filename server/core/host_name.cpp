// Names of hosts, and their ports.
#include "server/core/host_name.hpp"

#include <algorithm>
#include <charconv>

namespace encke {

namespace {

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;

bool is_label(std::string_view label) {
  const auto fits = [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte == '_';
  };
  return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), fits);
}

/// Decimal, or hexadecimal as browsers and C libraries read addresses (WHATWG URL, "ends in a number").
bool is_number(std::string_view label) {
  const bool hexadecimal = label.starts_with("0x") || label.starts_with("0X");
  if (hexadecimal) label.remove_prefix(2);
  return label.find_first_not_of(hexadecimal ? "0123456789abcdefABCDEF" : "0123456789") ==
         std::string_view::npos;
}

}  // namespace

bool is_host_name(std::string_view name) {
  if (name.size() > kLongestName) return false;
  while (true) {
    const std::size_t dot = name.find('.');
    const std::string_view label = name.substr(0, dot);
    if (!is_label(label)) return false;
    if (dot == std::string_view::npos) return !is_number(label);
    name.remove_prefix(dot + 1);
  }
}

bool is_domain_name(std::string_view name) {
  const auto is_other = [](char byte) { return byte == '_' || (byte >= 'A' && byte <= 'Z'); };
  return is_host_name(name) && name.find('.') != std::string_view::npos &&
         std::none_of(name.begin(), name.end(), is_other);
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0 || text.front() == '0')
    return std::nullopt;
  return port;
}

}  // namespace encke
