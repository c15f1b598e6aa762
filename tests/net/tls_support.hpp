// Certificates made when a test runs, and the other side of TLS.
#pragma once

#include "server/net/tls_session.hpp"
#include "tests/net/support.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace encke::test {

/// A folder that goes with this object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(std::string_view name) const { return (path_ / name).string(); }
  std::string write(std::string_view name, std::string_view text) const;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A certificate for `names`, signed by itself, good from `begins` to `ends`, in seconds from now.
struct Issued {
  std::string certificate;
  std::string key;
  std::string encrypted_key;
};
Issued issue(const std::vector<std::string>& names, long begins = -3600, long ends = 90L * 24 * 3600);

/// Writes NAME.pem and NAME.key.
TlsCertificate issue_to(const Folder& folder, const std::string& name, const std::vector<std::string>& names,
                        long begins = -3600, long ends = 90L * 24 * 3600);

/// A client of TLS in memory.
class TlsClient {
 public:
  struct How {
    int version = 0;  ///< TLS1_2_VERSION for that alone; 0: any
    std::string name = {};
    std::string protocols = {};  ///< "\x08http/1.1"
    std::string ciphers = {};    ///< of TLS 1.2
    SSL_SESSION* session = nullptr;
    bool old = false;  ///< lets versions be spoken that nobody should
  };
  explicit TlsClient(const How& how);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  /// Takes in what the server has sent. Returns what that was, decrypted.
  std::string take(std::string_view bytes);
  /// What is to be sent.
  std::string sent();
  void write(std::string_view text);
  bool done() const { return SSL_is_init_finished(ssl_) == 1; }
  bool reused() const { return SSL_session_reused(ssl_) == 1; }
  bool server_ended() const { return (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0; }
  std::string subject() const;
  std::string protocol() const;
  /// What the last ticket resumes; null where none came. Lives as long as this.
  SSL_SESSION* session() const { return session_; }
  std::string ticket() const;
  const std::string& error() const { return error_; }
  SSL* ssl() const { return ssl_; }

 private:
  SSL_CTX* context_;
  SSL* ssl_;
  SSL_SESSION* session_ = nullptr;
  std::string error_;
};

/// A server's session in memory, and room for it.
class TlsServer {
 public:
  explicit TlsServer(std::shared_ptr<const net::TlsContext> context) : session(std::move(context)) {}
  std::string open(std::string_view bytes) {
    const std::size_t size = session.open(bytes, plain, out);
    return {plain.data(), size};
  }
  std::string sent() { return std::exchange(out, {}); }

  net::TlsSession session;
  std::string out;
  std::vector<char> plain = std::vector<char>(256 * 1024);
};

/// Lets both speak, `piece` bytes at a time, until neither has more to say; returns what the server read.
std::string talk(TlsClient& client, TlsServer& server, std::size_t piece = 1 << 20);

}  // namespace encke::test
