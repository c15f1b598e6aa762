// One TCP connection on a loop that speaks TLS.
#include "server/net/tls_stream.hpp"

#include <utility>

namespace encke::net {

namespace {

constexpr std::size_t kPiece = 64 * 1024;        // encrypted and sent at a time
constexpr std::size_t kMostSealed = 128 * 1024;  // of the buffer; more is given back
// What a peer may be answered, to requests for other keys and the like, while it reads nothing.
constexpr std::size_t kMostUnreadAnswers = 16 * 1024;
constexpr std::string_view kNotPlain =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Length: 48\r\n"
    "Connection: close\r\n\r\nThis port speaks TLS: ask it with https or wss.\n";

bool is_letter(char byte) { return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z'); }

}  // namespace

TlsStream::TlsStream(Loop& loop, int socket, const Sniffer& sniffer, const TlsPort::Now& port)
    : TlsStream(loop, socket, sniffer, std::make_unique<TlsSession>(port.context)) {
  set_deadline(port.handshake_time);
}

TlsStream::TlsStream(Loop& loop, int socket, const Sniffer& sniffer, std::unique_ptr<TlsSession> session)
    : Stream(loop, socket, sniffer), session_(std::move(session)) {
  begun_ = session_->state() != TlsSession::State::handshaking;
}

void TlsStream::received(std::span<char> bytes) {
  if (!std::exchange(begun_, true) && is_letter(bytes.front())) {
    Stream::pass(kNotPlain);
    dismiss();
    return;
  }
  TlsBuffers& buffers = tls_buffers();
  const TlsSession::State before = session_->state();
  buffers.sealed.clear();
  const std::size_t size = session_->open(bytes, buffers.plain, buffers.sealed);
  if (!buffers.sealed.empty()) {
    unread_answers_ = queued() == 0 ? 0 : unread_answers_ + buffers.sealed.size();
    if (unread_answers_ > kMostUnreadAnswers) {
      lose();
      return;
    }
    Stream::pass(buffers.sealed);
  }
  if (before == TlsSession::State::handshaking && session_->state() == TlsSession::State::open) greet_anew();
  if (size > 0 && is_open()) feed({buffers.plain.data(), size});
  tell_end();
}

void TlsStream::tell_end() {
  // The owner may have moved the connection, or ended it.
  if (!is_open()) return;
  if (session_->state() == TlsSession::State::ended) {
    peer_has_ended();
  } else if (session_->state() == TlsSession::State::failed) {
    dismiss();
  }
}

void TlsStream::pass(std::string_view bytes) {
  std::string& sealed = tls_buffers().sealed;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPiece);
    bytes.remove_prefix(piece.size());
    sealed.clear();
    session_->seal(piece, sealed);
    Stream::pass(sealed);
  }
  if (sealed.capacity() > kMostSealed) sealed = {};
}

void TlsStream::say_end() {
  std::string& sealed = tls_buffers().sealed;
  sealed.clear();
  session_->end(sealed);
  Stream::pass(sealed);
}

}  // namespace encke::net
