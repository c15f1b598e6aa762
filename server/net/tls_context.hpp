// What the connections of a listener that speaks TLS share: versions, ciphers, and a certificate for each
// name.
#pragma once

#include "server/net/tls_certificates.hpp"
#include "server/net/tls_tickets.hpp"

#include <encke/tls_options.hpp>

#include <openssl/types.h>

#include <ctime>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace encke::net {

/// Immutable; shared by all loops.
class TlsContext {
 public:
  struct Made {
    std::shared_ptr<const TlsContext> context;  ///< null where there are faults
    std::vector<TlsFault> faults;
    std::vector<TlsFault> warnings;
  };
  /// Reads all files that `options` name. `now` is what certificates' dates are compared with.
  static Made make(const TlsOptions& options, std::shared_ptr<TlsTickets> tickets, std::time_t now);

  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  /// Where a connection begins, before its name is known.
  SSL_CTX* first() const { return all_.front(); }
  /// For a name that a client asks for: that of a certificate with this very name, else of one whose wildcard
  /// covers it; null where there is none.
  SSL_CTX* find(std::string_view name) const;

 private:
  explicit TlsContext(std::shared_ptr<TlsTickets> tickets) : tickets_(std::move(tickets)) {}
  /// Null where OpenSSL refuses; the fault says why.
  void add(const TlsOptions& options, const TlsPair& pair, const std::string& where,
           std::vector<TlsFault>& faults);

  std::shared_ptr<TlsTickets> tickets_;
  std::vector<SSL_CTX*> all_;  // owned; what clients without a name get is the first
  std::map<std::string, SSL_CTX*, std::less<>> names_;
};

}  // namespace encke::net
