// Certificates and keys: read from their files, and checked.
#pragma once

#include <encke/tls_options.hpp>

#include <openssl/types.h>

#include <ctime>
#include <memory>
#include <string>
#include <vector>

namespace encke::net {

/// Something about a TlsOptions: where in it, as "certificates[0].key", and what.
struct TlsFault {
  std::string where;
  std::string text;
};

struct FreeOpenSsl {
  void operator()(X509* certificate) const;
  void operator()(EVP_PKEY* key) const;
};

/// A certificate, what stands between it and the root, and its key.
struct TlsPair {
  std::unique_ptr<X509, FreeOpenSsl> certificate;
  std::vector<std::unique_ptr<X509, FreeOpenSsl>> chain;
  std::unique_ptr<EVP_PKEY, FreeOpenSsl> key;
  std::vector<std::string> names;  ///< in lower case: as configured, or else the certificate's own
};

/// Reads `files`, which stand at `where`. What makes them useless goes to `faults`; what an operator should
/// know of a certificate that is used all the same (expired, not yet valid, about to expire at `now`) to
/// `warnings`.
TlsPair read_tls_pair(const TlsCertificate& files, const std::string& where, std::time_t now,
                      std::vector<TlsFault>& faults, std::vector<TlsFault>& warnings);

/// What OpenSSL says is wrong, the newest first; empties its list of errors.
std::string openssl_reason();

}  // namespace encke::net
