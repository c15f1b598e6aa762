// What connections to others share that speak TLS.
#include "server/net/tls_client.hpp"

#include "server/net/tls_certificates.hpp"

#include <openssl/ssl.h>

#include <new>
#include <stdexcept>

namespace encke::net {

std::shared_ptr<const TlsClient> TlsClient::make(const std::string& authorities) {
  SSL_CTX* const context = ::SSL_CTX_new(::TLS_client_method());
  if (context == nullptr) throw std::bad_alloc();
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): its constructor is private
  std::shared_ptr<const TlsClient> client(new TlsClient(context));
  ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  ::SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  const bool found = authorities.empty() ? ::SSL_CTX_set_default_verify_paths(context) == 1
                                         : ::SSL_CTX_load_verify_file(context, authorities.c_str()) == 1;
  if (!found) {
    const std::string what = authorities.empty() ? "the system's certificates" : authorities;
    throw std::runtime_error(what + ": " + openssl_reason() +
                             ", expected PEM with the certificates of authorities");
  }
  return client;
}

TlsClient::~TlsClient() { ::SSL_CTX_free(context_); }

}  // namespace encke::net
