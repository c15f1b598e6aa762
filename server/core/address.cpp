// Addresses of IPv4 and IPv6 as numbers.
#include "server/core/address.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace encke {

namespace {

constexpr std::size_t kMapped = 12;  // bytes before the IPv4 address in one that maps it
constexpr std::size_t kLongestText = 45;
constexpr std::size_t kGroups = 8;
constexpr unsigned kAllBits = 128;
constexpr unsigned kMappedBits = 96;

/// A decimal number of at most `most`, without a sign or a zero before it.
std::optional<unsigned> decimal(std::string_view text, unsigned most) {
  unsigned value = 0;
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value <= most ? std::optional<unsigned>(value) : std::nullopt;
}

bool parse_v4(std::string_view text, std::uint8_t* four) {
  for (int part = 0; part < 4; ++part) {
    const std::size_t dot = part == 3 ? text.size() : text.find('.');
    if (dot == std::string_view::npos) return false;
    const std::optional<unsigned> number = decimal(text.substr(0, dot), 255);
    if (!number) return false;
    four[part] = static_cast<std::uint8_t>(*number);
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return true;
}

/// One to four hexadecimal digits.
bool parse_group(std::string_view text, std::uint8_t* two) {
  unsigned value = 0;
  if (text.empty() || text.size() > 4) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return false;
  two[0] = static_cast<std::uint8_t>(value >> 8);
  two[1] = static_cast<std::uint8_t>(value & 0xff);
  return true;
}

/// Groups with colons between them, the last two perhaps as IPv4. How many bytes; nothing where it is wrong.
std::optional<std::size_t> parse_groups(std::string_view text, std::uint8_t* out, std::size_t most) {
  std::size_t size = 0;
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    if (colon == std::string_view::npos && group.find('.') != std::string_view::npos) {
      if (size + 4 > most || !parse_v4(group, out + size)) return std::nullopt;
      return size + 4;
    }
    if (size + 2 > most || !parse_group(group, out + size)) return std::nullopt;
    size += 2;
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;  // a colon at the end
  }
  return size;
}

}  // namespace

Address Address::v4(const std::uint8_t* four) {
  Address address;
  address.bytes[10] = address.bytes[11] = 0xff;
  std::copy(four, four + 4, address.bytes.begin() + kMapped);
  return address;
}

Address Address::v6(const std::uint8_t* sixteen) {
  Address address;
  std::copy(sixteen, sixteen + 16, address.bytes.begin());
  return address;
}

std::optional<Address> Address::parse(std::string_view text) {
  if (text.empty() || text.size() > kLongestText) return std::nullopt;
  Address address;
  if (text.find(':') == std::string_view::npos) {
    std::array<std::uint8_t, 4> four{};
    return parse_v4(text, four.data()) ? std::optional(v4(four.data())) : std::nullopt;
  }
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    const auto size = parse_groups(text, address.bytes.data(), address.bytes.size());
    return size == address.bytes.size() ? std::optional(address) : std::nullopt;
  }
  // The gap stands for one group at least.
  constexpr std::size_t kMost = 14;
  std::array<std::uint8_t, 16> tail{};
  const std::string_view before = text.substr(0, gap);
  const auto head_size = parse_groups(before, address.bytes.data(), kMost);
  if (!head_size || before.find('.') != std::string_view::npos) return std::nullopt;
  const auto tail_size = parse_groups(text.substr(gap + 2), tail.data(), kMost - *head_size);
  if (!tail_size) return std::nullopt;
  std::copy(tail.begin(), tail.begin() + static_cast<std::ptrdiff_t>(*tail_size),
            address.bytes.end() - static_cast<std::ptrdiff_t>(*tail_size));
  return address;
}

bool Address::is_v4() const {
  return bytes[10] == 0xff && bytes[11] == 0xff &&
         std::all_of(bytes.begin(), bytes.begin() + 10, [](std::uint8_t byte) { return byte == 0; });
}

std::string Address::text() const {
  std::string out;
  if (is_v4()) {
    for (std::size_t i = kMapped; i < bytes.size(); ++i) {
      if (i > kMapped) out += '.';
      out += std::to_string(bytes[i]);
    }
    return out;
  }
  const auto group = [this](std::size_t i) {
    return static_cast<unsigned>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  };
  // The longest run of zeros, the first of several, becomes the gap; a single zero does not (RFC 5952 4.2).
  std::size_t best = kGroups;
  std::size_t best_size = 1;
  for (std::size_t i = 0; i < kGroups;) {
    std::size_t end = i;
    while (end < kGroups && group(end) == 0) ++end;
    if (end - i > best_size) {
      best = i;
      best_size = end - i;
    }
    i = std::max(end, i + 1);
  }
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (i == best) {
      out += "::";
      i += best_size - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    std::array<char, 4> digits{};
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), group(i), 16);
    out.append(digits.data(), written.ptr);
  }
  return out;
}

std::uint64_t Address::network() const {
  std::uint64_t number = 0;
  if (is_v4()) {
    for (std::size_t i = kMapped; i < bytes.size(); ++i) number = number << 8 | bytes[i];
    return 0xffff'ffff'0000'0000u | number;
  }
  for (std::size_t i = 0; i < 8; ++i) number = number << 8 | bytes[i];
  return number;
}

std::optional<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<Address> first = Address::parse(text.substr(0, slash));
  if (!first) return std::nullopt;
  Network network;
  network.first_ = *first;
  if (slash == std::string_view::npos) return network;
  // An address that maps one of IPv4 counts its bits as IPv6 does.
  const bool dotted = text.find(':') == std::string_view::npos;
  const unsigned before = dotted ? kMappedBits : 0;
  const std::optional<unsigned> bits = decimal(text.substr(slash + 1), kAllBits - before);
  if (!bits) return std::nullopt;
  network.bits_ = *bits + before;
  for (unsigned bit = network.bits_; bit < kAllBits; ++bit) {
    if ((first->bytes[bit / 8] & (0x80u >> bit % 8)) != 0) return std::nullopt;
  }
  return network;
}

bool Network::holds(const Address& address) const {
  const std::size_t whole = bits_ / 8;
  if (!std::equal(first_.bytes.begin(), first_.bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                  address.bytes.begin())) {
    return false;
  }
  if (bits_ % 8 == 0) return true;
  const unsigned mask = 0xffu << (8 - bits_ % 8) & 0xffu;
  return (first_.bytes[whole] & mask) == (address.bytes[whole] & mask);
}

Networks::Networks(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    if (const std::optional<Network> network = Network::parse(text)) all_.push_back(*network);
  }
}

bool Networks::holds(const Address& address) const {
  return std::any_of(all_.begin(), all_.end(),
                     [&](const Network& network) { return network.holds(address); });
}

}  // namespace encke
