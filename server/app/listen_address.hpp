// Where to listen: a numeric address and a port, as written in the configuration and on the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace encke::app {

/// "127.0.0.1:8080", "[::1]:8080". Port 0 lets the kernel choose.
struct ListenAddress {
  /// Numeric, IPv6 without brackets; or "*", every address of IPv4 and IPv6; or "systemd:NAME", what systemd
  /// hands in by that name, which has no port here.
  std::string address;
  std::uint16_t port = 0;

  /// True where no other may be the same: the kernel chooses another port each time.
  bool is_fixed() const;

  bool operator==(const ListenAddress&) const = default;
};

/// What parse_listen_address() takes, for messages: "expected <this>".
inline constexpr std::string_view kListenAddressForm =
    "\"ADDRESS:PORT\", as \"127.0.0.1:8080\", \"[::1]:8080\", \"*:80\" for every address, or "
    "\"systemd:NAME\"";

/// Nothing where the text is not of that form. "localhost" is taken for 127.0.0.1; other names are not
/// resolved.
std::optional<ListenAddress> parse_listen_address(std::string_view text);

/// The inverse: brackets around IPv6.
std::string to_string(const ListenAddress& address);

}  // namespace encke::app
