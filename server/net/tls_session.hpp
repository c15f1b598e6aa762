// TLS on one connection, as a byte machine: ciphertext in, bytes out, and the other way. No socket.
//
//   handshaking --> open --> ended      the peer has said that nothing more comes
//        |            |
//        +------------+----> failed     the last word to the peer, an alert, is among what is to be sent
#pragma once

#include "server/net/tls_client.hpp"
#include "server/net/tls_context.hpp"

#include <openssl/types.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace encke::net {

/// One side of one connection. Holds no buffer while it waits for a record to begin. Belongs to one
/// thread at a time.
class TlsSession {
 public:
  /// The server's side.
  explicit TlsSession(const std::shared_ptr<const TlsContext>& context);
  /// The client's side; `peer` is the host name, or numeric address, that the server's certificate must have.
  /// The first open(), which may be given nothing, begins the handshake.
  TlsSession(const std::shared_ptr<const TlsClient>& client, const std::string& peer);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  enum class State : unsigned char { handshaking, open, ended, failed };
  State state() const { return state_; }
  /// Whether the handshake was done, of one that has ended.
  bool was_open() const;
  /// Of one that has failed: why, in OpenSSL's words.
  std::string fault() const;

  /// What open() may yield more than it is given: the beginning of a record, kept from before.
  static constexpr std::size_t kMostKept = 17 * 1024;
  /// After that much from a client whose handshake is not done then, the next piece fails.
  static constexpr std::size_t kMostHandshake = 32 * 1024;

  /// Takes in all of `ciphertext`, and decrypts it to `plain`, which has room for kMostKept more than that.
  /// Returns how much it was. What the peer is to be told, by the handshake for one, is appended to `out`.
  std::size_t open(std::span<const char> ciphertext, std::span<char> plain, std::string& out);
  /// Encrypts `plain`, appending to `out`. While handshaking, and once failed, nothing.
  void seal(std::string_view plain, std::string& out);
  /// Tells the peer that nothing more comes, once.
  void end(std::string& out);

 private:
  TlsSession(std::shared_ptr<const void> shared, SSL_CTX* context);
  static BIO* make_bio();
  static int on_read(BIO* bio, char* out, int size);
  static int on_write(BIO* bio, const char* bytes, int size);
  static long on_control(BIO* bio, int command, long number, void* pointer);
  void fail();

  std::shared_ptr<const void> context_;
  SSL* ssl_;
  std::span<const char> in_;    // while a call lasts
  std::string* out_ = nullptr;  // while a call lasts
  unsigned long error_ = 0;     // OpenSSL's, of one that has failed
  unsigned handshake_bytes_ = 0;
  State state_ = State::handshaking;
  bool told_end_ = false;
};

}  // namespace encke::net
