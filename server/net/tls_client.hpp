// What connections to others share that speak TLS: whom to believe.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>

namespace encke::net {

/// Immutable; shared by all loops.
class TlsClient {
 public:
  /// `authorities`: a file of PEM with the certificates of those that are believed; empty: those of the
  /// system. Throws std::runtime_error where the file cannot be used.
  static std::shared_ptr<const TlsClient> make(const std::string& authorities = {});

  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  SSL_CTX* context() const { return context_; }

 private:
  explicit TlsClient(SSL_CTX* context) : context_(context) {}

  SSL_CTX* context_;
};

}  // namespace encke::net
