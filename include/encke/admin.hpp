// The door for operators: metrics, health, and a page that shows what goes on.
#pragma once

#include <encke/tls_options.hpp>

#include <optional>
#include <string>

namespace encke {

/// A listener of its own, which serves /metrics, /health/live, /health/ready and, where it is wanted, the
/// page at /admin, and nothing else; nothing of it is served anywhere else.
struct AdminOptions {
  /// "ADDRESS:PORT", as ServerOptions::listen has it.
  std::string listen = "127.0.0.1:9090";
  /// With it the listener speaks TLS, and nothing else.
  std::optional<TlsOptions> tls = {};
  /// What all but the health must bring: as `Authorization: Bearer TOKEN`, or as the password of Basic, with
  /// any name. Empty: nothing, and then requests are served only that name the host by an address or as
  /// localhost, so that no page of another site can be taken for one of this one.
  std::string token = {};
  /// The page at /admin, where an operator sees single sessions, with their addresses, and can close them. It
  /// needs a token.
  bool page = false;

  bool operator==(const AdminOptions&) const = default;
};

}  // namespace encke
