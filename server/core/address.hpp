// Addresses of IPv4 and IPv6 as numbers: read, written, and matched with networks.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace encke {

/// One address. One of IPv4 is kept as IPv6 maps it, ::ffff:192.0.2.1, so that both forms of it are equal.
struct Address {
  std::array<std::uint8_t, 16> bytes{};

  static Address v4(const std::uint8_t* four);
  static Address v6(const std::uint8_t* sixteen);
  /// Numeric: "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"; no zone, no brackets, no port, no number of
  /// IPv4 with a zero before it (which some read as octal). Nothing for all else.
  static std::optional<Address> parse(std::string_view text);

  bool is_v4() const;
  /// As RFC 5952 has it; IPv4 with dots.
  std::string text() const;
  /// What is counted together: an IPv4 address, or the first 64 bits of an IPv6 one, which is what a site or
  /// a household is given. The two never meet: the former's are numbers of a multicast range.
  std::uint64_t network() const;

  bool operator==(const Address&) const = default;
};

/// Addresses that share their first bits.
class Network {
 public:
  /// "192.0.2.0/24", "2001:db8::/32", or one address. Nothing for all else, and where bits behind the
  /// prefix are set.
  static std::optional<Network> parse(std::string_view text);
  bool holds(const Address& address) const;
  /// All of `other`.
  bool holds(const Network& other) const { return bits_ <= other.bits_ && holds(other.first_); }

 private:
  Address first_;
  unsigned bits_ = 128;
};

/// Several.
class Networks {
 public:
  Networks() = default;
  /// Texts that are no network are left out: who takes them from people checks them before.
  explicit Networks(const std::vector<std::string>& texts);
  bool empty() const { return all_.empty(); }
  bool holds(const Address& address) const;

 private:
  std::vector<Network> all_;
};

}  // namespace encke
