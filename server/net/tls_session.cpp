// TLS on one connection, as a byte machine over OpenSSL, which reads and writes memory here: what it writes
// it never has to wait for, and what it reads is there or is asked for by the next call.
#include "server/net/tls_session.hpp"

#include "server/core/address.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

namespace encke::net {

int TlsSession::on_read(BIO* bio, char* out, int size) {
  std::span<const char>& in = static_cast<TlsSession*>(::BIO_get_data(bio))->in_;
  ::BIO_clear_retry_flags(bio);
  if (in.empty()) {
    ::BIO_set_retry_read(bio);
    return -1;
  }
  const std::size_t taken = std::min(in.size(), static_cast<std::size_t>(size));
  std::memcpy(out, in.data(), taken);
  in = in.subspan(taken);
  return static_cast<int>(taken);
}

int TlsSession::on_write(BIO* bio, const char* bytes, int size) {
  ::BIO_clear_retry_flags(bio);
  std::string* out = static_cast<TlsSession*>(::BIO_get_data(bio))->out_;
  if (out != nullptr) out->append(bytes, static_cast<std::size_t>(size));
  return size;
}

long TlsSession::on_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO* TlsSession::make_bio() {
  // Made once, and never freed: connections may outlive what could own it.
  static const BIO_METHOD* const shared = [] {
    BIO_METHOD* made = ::BIO_meth_new(::BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "encke");
    ::BIO_meth_set_read(made, &TlsSession::on_read);
    ::BIO_meth_set_write(made, &TlsSession::on_write);
    ::BIO_meth_set_ctrl(made, &TlsSession::on_control);
    return made;
  }();
  return ::BIO_new(shared);
}

TlsSession::TlsSession(std::shared_ptr<const void> shared, SSL_CTX* context)
    : context_(std::move(shared)), ssl_(::SSL_new(context)) {
  BIO* const bio = ssl_ == nullptr ? nullptr : make_bio();
  if (bio == nullptr) {
    ::SSL_free(ssl_);
    throw std::bad_alloc();
  }
  ::BIO_set_data(bio, this);
  ::BIO_set_init(bio, 1);
  ::SSL_set_bio(ssl_, bio, bio);
}

TlsSession::TlsSession(const std::shared_ptr<const TlsContext>& context)
    : TlsSession(context, context->first()) {
  ::SSL_set_accept_state(ssl_);
}

TlsSession::TlsSession(const std::shared_ptr<const TlsClient>& client, const std::string& peer)
    : TlsSession(client, client->context()) {
  ::SSL_set_connect_state(ssl_);
  X509_VERIFY_PARAM* const wanted = ::SSL_get0_param(ssl_);
  bool named = false;
  if (Address::parse(peer)) {
    named = ::X509_VERIFY_PARAM_set1_ip_asc(wanted, peer.c_str()) == 1;
  } else {
    ::X509_VERIFY_PARAM_set_hostflags(
        wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    named = !peer.empty() && ::X509_VERIFY_PARAM_set1_host(wanted, peer.data(), peer.size()) == 1 &&
            ::SSL_set_tlsext_host_name(ssl_, peer.c_str()) == 1;
  }
  // Nobody's certificate would be as good as anybody's.
  if (!named) fail();
}

bool TlsSession::was_open() const { return ::SSL_is_init_finished(ssl_) == 1; }

TlsSession::~TlsSession() { ::SSL_free(ssl_); }

void TlsSession::fail() {
  state_ = State::failed;
  error_ = ::ERR_peek_error();
  ::ERR_clear_error();
}

std::string TlsSession::fault() const {
  const long verdict = ::SSL_get_verify_result(ssl_);
  if (verdict != X509_V_OK) return ::X509_verify_cert_error_string(verdict);
  const char* const reason = ::ERR_reason_error_string(error_);
  return reason == nullptr ? "the handshake failed" : reason;
}

std::size_t TlsSession::open(std::span<const char> ciphertext, std::span<char> plain, std::string& out) {
  assert(plain.size() >= ciphertext.size() + kMostKept);
  if (state_ == State::ended || state_ == State::failed) return 0;
  if (state_ == State::handshaking) {
    // What came before was all handshake; the last of it may have much behind it that is not.
    if (handshake_bytes_ > kMostHandshake) {
      fail();
      return 0;
    }
    handshake_bytes_ += static_cast<unsigned>(ciphertext.size());
  }
  in_ = ciphertext;
  out_ = &out;
  std::size_t count = 0;
  ::ERR_clear_error();
  while (count < plain.size()) {
    const int most =
        static_cast<int>(std::min<std::size_t>(plain.size() - count, std::numeric_limits<int>::max()));
    const int size = ::SSL_read(ssl_, plain.data() + count, most);
    if (state_ == State::handshaking && ::SSL_is_init_finished(ssl_) == 1) state_ = State::open;
    if (size > 0) {
      count += static_cast<std::size_t>(size);
      continue;
    }
    const int error = ::SSL_get_error(ssl_, size);
    if (error == SSL_ERROR_ZERO_RETURN) {
      state_ = State::ended;
    } else if (error != SSL_ERROR_WANT_READ) {
      fail();
    }
    break;
  }
  assert(in_.empty() || state_ == State::ended || state_ == State::failed);
  in_ = {};
  out_ = nullptr;
  return count;
}

void TlsSession::seal(std::string_view plain, std::string& out) {
  if (state_ == State::handshaking || state_ == State::failed || told_end_) return;
  constexpr std::size_t kMost = 1u << 30;
  out_ = &out;
  ::ERR_clear_error();
  while (!plain.empty()) {
    const int written = ::SSL_write(ssl_, plain.data(), static_cast<int>(std::min(plain.size(), kMost)));
    if (written <= 0) {
      fail();
      break;
    }
    plain.remove_prefix(static_cast<std::size_t>(written));
  }
  out_ = nullptr;
}

void TlsSession::end(std::string& out) {
  if (state_ == State::handshaking || state_ == State::failed || std::exchange(told_end_, true)) return;
  out_ = &out;
  ::ERR_clear_error();
  ::SSL_shutdown(ssl_);
  ::ERR_clear_error();
  out_ = nullptr;
}

}  // namespace encke::net
