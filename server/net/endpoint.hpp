// Where a loop connects to.
#pragma once

#include "server/core/address.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace encke::net {

/// A port of a host, or a socket of the file system.
struct Endpoint {
  std::string host;  ///< a name in lower case, or a numeric address without brackets; empty: `path`
  std::uint16_t port = 0;
  std::string path;

  /// "irc.example:6667", "127.0.0.1:6667", "[::1]:6667", "unix:/run/irc.sock". Nothing for all else:
  /// addresses in other forms than dotted decimal and RFC 4291's among it, and port 0.
  static std::optional<Endpoint> parse(std::string_view text);

  bool is_local() const { return !path.empty(); }
  /// The numeric address that `host` is; nothing where it is a name.
  std::optional<Address> address() const;
  /// As parse() takes it.
  std::string text() const;

  bool operator==(const Endpoint&) const = default;
};

/// What Endpoint::parse() takes, for messages: "expected <this>".
inline constexpr std::string_view kEndpointForm =
    "\"HOST:PORT\", as \"irc.example:6667\", \"127.0.0.1:6667\" or \"[::1]:6667\", or \"unix:/run/irc.sock\"";

}  // namespace encke::net
