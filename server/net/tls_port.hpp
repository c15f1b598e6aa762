// A listener's TLS: what its next connection is served with, which may change while it listens.
#pragma once

#include "server/core/timer_wheel.hpp"
#include "server/net/tls_context.hpp"

#include <encke/tls_options.hpp>

#include <memory>
#include <mutex>

namespace encke::net {

/// Any thread. Tickets stay good over changes.
class TlsPort {
 public:
  /// Nothing is served before the first use().
  TlsPort() : tickets_(std::make_shared<TlsTickets>()) {}
  TlsPort(const TlsPort&) = delete;
  TlsPort& operator=(const TlsPort&) = delete;

  /// Reads the files of `options`; use() what comes of it.
  TlsContext::Made read(const TlsOptions& options) const;
  void use(std::shared_ptr<const TlsContext> context, Millis handshake_time);

  struct Now {
    std::shared_ptr<const TlsContext> context;
    Millis handshake_time{};
  };
  Now now() const;

 private:
  const std::shared_ptr<TlsTickets> tickets_;
  mutable std::mutex mutex_;  // taken once a connection
  Now now_;
};

}  // namespace encke::net
