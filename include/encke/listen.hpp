// Where a server listens, and what it speaks there.
#pragma once

#include <encke/tls_options.hpp>

#include <optional>
#include <string>
#include <utility>

namespace encke {

/// One element of ServerOptions::listen. A text alone is a plain listener: `.listen = {"127.0.0.1:8080"}`.
struct Listen {
  /// "ADDRESS:PORT": "127.0.0.1:8080", "[::1]:8080", "*:8080" for every address of IPv4 and IPv6; port 0 lets
  /// the system choose. Or "systemd:NAME": the listening sockets of that name that systemd handed in, which
  /// all loops share.
  std::string address;
  /// With it the connections speak TLS, and nothing else: https, wss.
  std::optional<TlsOptions> tls = {};

  /// With it each connection begins with a PROXY header, version 1 or 2, which tells whom the proxy in front
  /// speaks for. From proxies of ServerOptions::trusted_proxies alone, where there are any; all else is cut
  /// off.
  bool proxy_protocol = false;

  Listen(const char* where) : address(where) {}
  Listen(std::string where) : address(std::move(where)) {}
  Listen(std::string where, TlsOptions options) : address(std::move(where)), tls(std::move(options)) {}
};

}  // namespace encke
