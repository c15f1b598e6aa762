// Where to listen: a numeric address and a port, as written in the configuration and on the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace encke::app {

/// "127.0.0.1:8080", "[::1]:8080". Port 0 lets the kernel choose.
struct ListenAddress {
  std::string address;  ///< numeric, IPv6 without brackets; or "*", every address of IPv4 and IPv6
  std::uint16_t port = 0;

  bool operator==(const ListenAddress&) const = default;
};

/// What parse_listen_address() takes, for messages: "expected <this>".
inline constexpr std::string_view kListenAddressForm =
    "\"ADDRESS:PORT\", as \"127.0.0.1:8080\", \"[::1]:8080\", or \"*:80\" for every address";

/// Nothing where the text is not of that form. "localhost" is taken for 127.0.0.1; other names are not
/// resolved.
std::optional<ListenAddress> parse_listen_address(std::string_view text);

/// The inverse: brackets around IPv6.
std::string to_string(const ListenAddress& address);

}  // namespace encke::app
