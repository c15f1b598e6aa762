// What the connections of a listener that speaks TLS share, made of OpenSSL's contexts: one a certificate,
// all alike but for that.
#include "server/net/tls_context.hpp"

#include "server/crypto/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace encke::net {

namespace {

// Forward secret, and each authenticates what it encrypts. The client's order counts between the two kinds,
// since it knows whether it has AES in hardware.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr std::string_view kProtocol = "http/1.1";

const TlsContext& context_of(SSL* ssl) {
  return *static_cast<const TlsContext*>(SSL_CTX_get_app_data(::SSL_get_SSL_CTX(ssl)));
}

/// The host name in what a client sends of names (RFC 6066 3); empty where there is none, or no order.
std::string_view name_in(std::string_view list) {
  constexpr std::size_t kHead =
      5;  // two bytes of the list's length, one of its first name's kind, two of its length
  const auto byte = [list](std::size_t at) { return static_cast<std::uint8_t>(list[at]); };
  if (list.size() < kHead || byte(2) != TLSEXT_NAMETYPE_host_name) return {};
  const std::size_t size = std::size_t{byte(3)} << 8u | byte(4);
  return size == list.size() - kHead ? list.substr(kHead) : std::string_view();
}

/// Which certificate's rules a connection has must be known before OpenSSL looks at its ticket, or one that
/// was given under another certificate's name resumes (RFC 6066 3).
int on_hello(SSL* ssl, int*, void* self) {
  const unsigned char* bytes = nullptr;
  std::size_t size = 0;
  if (::SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &bytes, &size) != 1)
    return SSL_CLIENT_HELLO_SUCCESS;
  const std::string_view name = name_in({reinterpret_cast<const char*>(bytes), size});
  if (SSL_CTX* found = static_cast<TlsContext*>(self)->find(name)) ::SSL_set_SSL_CTX(ssl, found);
  return SSL_CLIENT_HELLO_SUCCESS;
}

/// Tells the client whether its name was heeded.
int on_name(SSL* ssl, int*, void* self) {
  const char* name = ::SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  const SSL_CTX* const found = name == nullptr ? nullptr : static_cast<TlsContext*>(self)->find(name);
  return found == nullptr ? SSL_TLSEXT_ERR_NOACK : SSL_TLSEXT_ERR_OK;
}

/// Sessions resume under those names alone that the same certificate is for.
crypto::Sha256 kind_of_sessions(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all.append(name).push_back('\n');
  return crypto::sha256(all);
}

/// RFC 7301: of what a client offers we speak one; who offers only others is told that there is none.
int on_protocols(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                 unsigned size, void*) {
  for (unsigned at = 0; at < size; at += 1u + offered[at]) {
    const std::string_view name(reinterpret_cast<const char*>(offered + at + 1), offered[at]);
    if (name != kProtocol) continue;
    *out = offered + at + 1;
    *out_size = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool set_keys(const TlsTickets::Key& key, const unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
              bool seal) {
  std::array<char, 7> digest{"SHA256"};
  const std::array<OSSL_PARAM, 3> parameters{
      ::OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, const_cast<std::uint8_t*>(key.mac.data()),
                                          key.mac.size()),
      ::OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      ::OSSL_PARAM_construct_end()};
  return ::EVP_MAC_CTX_set_params(mac, parameters.data()) == 1 &&
         ::EVP_CipherInit_ex(cipher, ::EVP_aes_256_cbc(), nullptr, key.cipher.data(), iv, seal ? 1 : 0) == 1;
}

/// OpenSSL asks for the keys of a ticket: -1 fails, 0 knows none, 1 is good, 2 good but to be replaced.
int on_ticket(TlsTickets& tickets, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
              EVP_MAC_CTX* mac, bool seal) {
  if (seal) {
    TlsTickets::Key key = tickets.to_seal();
    std::copy(key.name.begin(), key.name.end(), name);
    const bool good = ::RAND_bytes(iv, EVP_MAX_IV_LENGTH) == 1 && set_keys(key, iv, cipher, mac, true);
    OPENSSL_cleanse(&key, sizeof key);
    return good ? 1 : -1;
  }
  auto found = tickets.to_open(std::span<const std::uint8_t, 16>(name, 16));
  if (!found) return 0;
  const bool good = set_keys(found->key, iv, cipher, mac, false);
  OPENSSL_cleanse(&found->key, sizeof found->key);
  return !good ? -1 : found->old ? 2 : 1;
}

}  // namespace

TlsContext::Made TlsContext::make(const TlsOptions& options, std::shared_ptr<TlsTickets> tickets,
                                  std::time_t now) {
  Made made;
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): its constructor is private
  const std::shared_ptr<TlsContext> context(new TlsContext(std::move(tickets)));
  if (options.certificates.empty())
    made.faults.push_back({"certificates", "there is none, expected at least one"});
  for (std::size_t i = 0; i < options.certificates.size(); ++i) {
    const std::string where = "certificates[" + std::to_string(i) + "]";
    const std::size_t before = made.faults.size();
    const TlsPair pair = read_tls_pair(options.certificates[i], where, now, made.faults, made.warnings);
    if (made.faults.size() == before) context->add(options, pair, where, made.faults);
  }
  if (made.faults.empty()) made.context = context;
  return made;
}

TlsContext::~TlsContext() {
  for (SSL_CTX* each : all_) ::SSL_CTX_free(each);
}

void TlsContext::add(const TlsOptions& options, const TlsPair& pair, const std::string& where,
                     std::vector<TlsFault>& faults) {
  ::ERR_clear_error();
  SSL_CTX* const made = ::SSL_CTX_new(::TLS_server_method());
  all_.push_back(made);
  ::SSL_CTX_set_min_proto_version(
      made, options.minimum_version == TlsVersion::tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  ::SSL_CTX_set_options(made, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                  SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  ::SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS);
  ::SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
  ::SSL_CTX_set_timeout(made, static_cast<long>(TlsTickets::kLifetime.count()));
  const crypto::Sha256 sessions = kind_of_sessions(pair.names);
  ::SSL_CTX_set_session_id_context(made, sessions.data(), sessions.size());
  ::SSL_CTX_set1_groups_list(made, kGroups);
  if (::SSL_CTX_set_cipher_list(made, options.ciphers.empty() ? kCiphers : options.ciphers.c_str()) != 1) {
    if (all_.size() == 1)
      faults.push_back({"ciphers", "OpenSSL knows none of \"" + options.ciphers +
                                       "\", expected names as in \"ECDHE-RSA-AES128-GCM-SHA256:...\""});
    ::ERR_clear_error();
    return;
  }
  if (::SSL_CTX_use_certificate(made, pair.certificate.get()) != 1) {
    faults.push_back({where + ".certificate", "OpenSSL does not take it: " + openssl_reason()});
    return;
  }
  for (const auto& next : pair.chain) {
    if (::SSL_CTX_add1_chain_cert(made, next.get()) == 1) continue;
    faults.push_back({where + ".certificate", "OpenSSL does not take its chain: " + openssl_reason()});
    return;
  }
  if (::SSL_CTX_use_PrivateKey(made, pair.key.get()) != 1) {
    faults.push_back({where + ".key", "OpenSSL does not take it: " + openssl_reason()});
    return;
  }
  SSL_CTX_set_app_data(made, this);
  ::SSL_CTX_set_client_hello_cb(made, &on_hello, this);
  SSL_CTX_set_tlsext_servername_callback(made, &on_name);
  SSL_CTX_set_tlsext_servername_arg(made, this);
  ::SSL_CTX_set_alpn_select_cb(made, &on_protocols, nullptr);
  ::SSL_CTX_set_tlsext_ticket_key_evp_cb(
      made, [](SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
               int seal) { return on_ticket(*context_of(ssl).tickets_, name, iv, cipher, mac, seal == 1); });
  for (const std::string& name : pair.names) names_.emplace(name, made);
}

SSL_CTX* TlsContext::find(std::string_view name) const {
  std::string wanted(name.substr(0, name.ends_with('.') ? name.size() - 1 : name.size()));
  std::transform(wanted.begin(), wanted.end(), wanted.begin(), [](char byte) {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
  });
  auto found = names_.find(wanted);
  if (found == names_.end()) {
    const std::size_t dot = wanted.find('.');
    if (dot == std::string::npos) return nullptr;
    found = names_.find(std::string("*").append(wanted, dot));
  }
  return found == names_.end() ? nullptr : found->second;
}

}  // namespace encke::net
