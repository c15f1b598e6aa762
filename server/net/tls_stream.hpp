// One TCP connection on a loop that speaks TLS.
#pragma once

#include "server/net/stream.hpp"
#include "server/net/tls_port.hpp"
#include "server/net/tls_session.hpp"

#include <memory>

namespace encke::net {

/// What a loop's TLS streams encrypt and decrypt in, one at a time.
struct TlsBuffers {
  std::array<char, Loop::kReadBytes + TlsSession::kMostKept> plain;
  std::string sealed;
};

/// What its owner writes is encrypted as it leaves, what the socket refuses waits encrypted. All that can be
/// decrypted goes to the owner at once, so that nothing waits inside.
class TlsStream final : public Stream {
 public:
  TlsStream(Loop& loop, int socket, const Sniffer& sniffer, const TlsPort::Now& port);
  /// One that has moved.
  TlsStream(Loop& loop, int socket, const Sniffer& sniffer, std::unique_ptr<TlsSession> session);

  bool secure() const override { return true; }
  void settled() override { tell_end(); }

 private:
  void received(std::span<char> bytes) override;
  /// Where TLS has ended.
  void tell_end();
  void pass(std::string_view bytes) override;
  void say_end() override;
  std::unique_ptr<TlsSession> take_session() override { return std::move(session_); }
  bool is_shaking_hands() const override { return session_->state() == TlsSession::State::handshaking; }

  std::unique_ptr<TlsSession> session_;
  std::size_t unread_answers_ = 0;  // of TLS itself, while the peer reads nothing
  bool begun_ = false;
};

}  // namespace encke::net
