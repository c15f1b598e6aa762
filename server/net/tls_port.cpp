// A listener's TLS.
#include "server/net/tls_port.hpp"

#include <ctime>
#include <utility>

namespace encke::net {

TlsContext::Made TlsPort::read(const TlsOptions& options) const {
  return TlsContext::make(options, tickets_, std::time(nullptr));
}

void TlsPort::use(std::shared_ptr<const TlsContext> context, Millis handshake_time) {
  const std::lock_guard lock(mutex_);
  now_.context = std::move(context);
  now_.handshake_time = handshake_time;
}

TlsPort::Now TlsPort::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

}  // namespace encke::net
