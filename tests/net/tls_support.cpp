// Certificates made when a test runs, and the other side of TLS.
#include "tests/net/tls_support.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <fstream>

namespace encke::test {

namespace fs = std::filesystem;

Folder::Folder() {
  std::string name = (fs::temp_directory_path() / "encke-tls-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string Folder::write(std::string_view name, std::string_view text) const {
  const std::string file = *this / name;
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

namespace {

std::string text_in(BIO* bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  std::string text(bytes, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

}  // namespace

Issued issue(const std::vector<std::string>& names, long begins, long ends) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  REQUIRE(key != nullptr);
  X509_set_version(certificate, 2);
  static long serial = 0;
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), begins);
  X509_gmtime_adj(X509_getm_notAfter(certificate), ends);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(names.at(0).c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  std::string alternatives;
  for (const std::string& each : names) alternatives += (alternatives.empty() ? "DNS:" : ",DNS:") + each;
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternatives.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  REQUIRE(X509_sign(certificate, key, EVP_sha256()) != 0);
  Issued issued;
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate);
  issued.certificate = text_in(bio);
  bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  issued.key = text_in(bio);
  bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, EVP_aes_128_cbc(), reinterpret_cast<const unsigned char*>("secret"), 6,
                           nullptr, nullptr);
  issued.encrypted_key = text_in(bio);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return issued;
}

TlsCertificate issue_to(const Folder& folder, const std::string& name, const std::vector<std::string>& names,
                        long begins, long ends) {
  const Issued issued = issue(names, begins, ends);
  return {folder.write(name + ".pem", issued.certificate), folder.write(name + ".key", issued.key)};
}

TlsClient::TlsClient(const How& how) : context_(SSL_CTX_new(TLS_client_method())) {
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context_, [](SSL* ssl, SSL_SESSION* session) {
    auto* client = static_cast<TlsClient*>(SSL_get_app_data(ssl));
    SSL_SESSION_free(client->session_);
    client->session_ = session;
    return 1;
  });
  if (how.old) SSL_CTX_set_security_level(context_, 0);
  if (!how.ciphers.empty()) REQUIRE(SSL_CTX_set_cipher_list(context_, how.ciphers.c_str()) == 1);
  ssl_ = SSL_new(context_);
  SSL_set_app_data(ssl_, this);
  if (how.version != 0) {
    SSL_set_min_proto_version(ssl_, how.version);
    SSL_set_max_proto_version(ssl_, how.version);
  }
  if (!how.name.empty()) SSL_set_tlsext_host_name(ssl_, how.name.c_str());
  if (!how.protocols.empty()) {
    SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(how.protocols.data()),
                        static_cast<unsigned>(how.protocols.size()));
  }
  if (how.session != nullptr) {
    SSL_SESSION* copy = SSL_SESSION_dup(how.session);  // OpenSSL uses a session of TLS 1.3 once
    SSL_set_session(ssl_, copy);
    SSL_SESSION_free(copy);
  }
  SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(ssl_);
  SSL_do_handshake(ssl_);
}

TlsClient::~TlsClient() {
  SSL_SESSION_free(session_);
  SSL_free(ssl_);
  SSL_CTX_free(context_);
}

std::string TlsClient::take(std::string_view bytes) {
  if (!bytes.empty()) BIO_write(SSL_get_rbio(ssl_), bytes.data(), static_cast<int>(bytes.size()));
  ERR_clear_error();
  std::string text;
  std::array<char, 20'000> piece{};
  while (true) {
    const int size = SSL_read(ssl_, piece.data(), piece.size());
    if (size > 0) {
      text.append(piece.data(), static_cast<std::size_t>(size));
      continue;
    }
    if (SSL_get_error(ssl_, size) == SSL_ERROR_SSL) {
      const char* reason = ERR_reason_error_string(ERR_peek_last_error());
      error_ = reason == nullptr ? "unknown" : reason;
    }
    return text;
  }
}

std::string TlsClient::sent() {
  std::string bytes(static_cast<std::size_t>(BIO_pending(SSL_get_wbio(ssl_))), '\0');
  if (!bytes.empty()) BIO_read(SSL_get_wbio(ssl_), bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

void TlsClient::write(std::string_view text) {
  REQUIRE(SSL_write(ssl_, text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size()));
}

std::string TlsClient::subject() const {
  X509* certificate = SSL_get1_peer_certificate(ssl_);
  if (certificate == nullptr) return {};
  std::array<char, 100> text{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, text.data(), text.size());
  X509_free(certificate);
  return text.data();
}

std::string TlsClient::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_, &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string TlsClient::ticket() const {
  const unsigned char* bytes = nullptr;
  std::size_t size = 0;
  SSL_SESSION_get0_ticket(SSL_get_session(ssl_), &bytes, &size);
  return {reinterpret_cast<const char*>(bytes), size};
}

std::string talk(TlsClient& client, TlsServer& server, std::size_t piece) {
  std::string read;
  while (true) {
    const std::string up = client.sent();
    for (std::size_t at = 0; at < up.size(); at += piece)
      read += server.open(std::string_view(up).substr(at, piece));
    const std::string down = server.sent();
    if (up.empty() && down.empty()) return read;
    for (std::size_t at = 0; at < down.size(); at += piece)
      client.take(std::string_view(down).substr(at, piece));
  }
}

}  // namespace encke::test
