// One TCP connection on a loop.
#include "server/net/stream.hpp"

#include "server/core/guard.hpp"
#include "server/net/gate.hpp"
#include "server/net/greeter.hpp"
#include "server/net/peer_address.hpp"
#include "server/net/tls_stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

namespace encke::net {

/// Bytes that the socket refused.
struct Stream::Unsent {
  std::string bytes;
  std::size_t sent = 0;
};

// As many bytes as the allocator gives at 64; docs/performance.md has what an idle session may take.
static_assert(sizeof(void*) != 8 || sizeof(Stream) == 56);

Stream::Stream(Loop& loop, int socket, const Sniffer& sniffer) : socket_(socket), loop_(loop) {
  loop_.sockets_.add(socket_, *this);
  watch(Sockets::kReadable);
  if (const Sniffer::Opener* opener = sniffer.at_once()) {
    open_with(*this, *opener);
  } else {
    owner_ = std::make_unique<Greeter>(*this, sniffer);
  }
}

Stream::~Stream() {
  assert(state_ == State::dead);
  if (socket_ < 0) return;
  loop_.forget(socket_);
  ::close(socket_);
}

void Stream::set_owner(std::unique_ptr<Owner> owner) {
  if (owner_) loop_.turn_.bury(std::move(owner_));
  owner_ = std::move(owner);
}

void Stream::set_deadline(Millis delay) {
  forget_sparing();
  // Where the loss is not told yet, a deadline in this turn would come before it.
  if (state_ != State::dead && state_ != State::lost)
    loop_.sockets_.set_deadline(socket_, loop_.timers_.now() + delay);
}

void Stream::clear_deadline() {
  forget_sparing();
  if (state_ != State::dead) loop_.sockets_.forget_deadline(socket_);
}

void Stream::watch(std::uint32_t wanted) {
  if (!loop_.sockets_.watch(socket_, watched_, wanted)) {
    // Out of memory or of epoll's watches: nobody would hear of it again.
    loop_.trouble(std::string("a connection is lost that cannot be watched: ") + std::strerror(errno));
    lose();
    return;
  }
  watched_ = static_cast<std::uint8_t>(wanted);
}

void Stream::on_ready(std::uint32_t what) {
  loop_.wake();
  if ((what & watched_ & Sockets::kReadable) != 0) {
    if ((state_ == State::open && (mark_ > 0 || loop_.heavy_.is(portion_))) ||
        on_readable((what & Sockets::kEnding) != 0))
      rest();
  }
  if ((what & watched_ & Sockets::kWritable) != 0) on_writable();
}

bool Stream::on_readable(bool ending) {
  if (state_ == State::dead || state_ == State::lost) return false;
  to_be_read_ = false;
  static_assert(std::size_t{1} << Heavy::kMostPortion <= Loop::kReadBytes);
  std::array<char, Loop::kReadBytes>& buffer = loop_.read_buffer_;
  const std::size_t portion = std::size_t{1} << portion_;
  const std::size_t most = loop_.in_own_turn_ ? portion : loop_.heavy_.most(portion_);
  const ssize_t size = ::recv(socket_, buffer.data(), most, 0);
  // A buffer that was not filled has taken all there was, but for the end.
  const bool more = size > 0 ? ending || static_cast<std::size_t>(size) == most : size < 0 && errno == EINTR;
  if (more && !loop_.in_own_turn_) loop_.sockets_.renew(socket_, watched_);
  if (size < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return false;
    lose();
  } else if (size == 0) {
    // The peer may have ended its side only: what is on its way to it still leaves.
    if (state_ == State::closing) {
      read_on(false);
    } else if (was_reset_) {
      lose();
    } else if (state_ != State::open || secure()) {  // whether TLS has ended, TLS tells
      peer_ended_ = !secure();
      lose();
    } else {
      peer_has_ended();
    }
  } else if (state_ == State::open) {
    const auto came = static_cast<std::size_t>(size);
    const Work work = begin_work();
    received({buffer.data(), came});
    return costs_much(work, {.bytes = came, .filled = came == portion, .more = came == most});
  } else {
    dropped_ += static_cast<unsigned>(size);
    if (dropped_ > kLingerBytes) read_on(false);  // what is still to leave has its time all the same
  }
  return false;
}

std::size_t Stream::queued() const {
  if (unsent_) return unsent_->bytes.size() - unsent_->sent;
  return loop_.gathering_ == this ? loop_.gathered_.size() : 0;
}

void Stream::write(std::string_view bytes) {
  if (state_ != State::open || unheard_ || bytes.empty()) return;
  if (unsent_) {
    pass(bytes);
  } else {
    loop_.gather(*this, bytes);
  }
}

void Stream::pass(std::string_view bytes) {
  if (unheard_) return;
  if (unsent_) {
    unsent_->bytes += bytes;
  } else {
    send_now(bytes);
  }
}

void Stream::send_now(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        keep(bytes);
      } else {
        lose_writing(errno);
      }
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void Stream::lose_writing(int error) {
  if (state_ != State::open || peer_ended_ || !owner_ || !owner_->reads_to_the_end()) {
    lose();
    return;
  }
  unheard_ = true;
  // After its end, which may stand behind what is not read yet, the peer resets what comes, and that is
  // EPIPE.
  was_reset_ = error != EPIPE;
  unsent_.reset();
  watch(watched_ & ~Sockets::kWritable);
}

void Stream::keep(std::string_view bytes) {
  assert(!unsent_);
  unsent_ = std::make_unique<Unsent>();
  unsent_->bytes = bytes;
  watch(watched_ | Sockets::kWritable);
}

void Stream::on_writable() {
  if (!unsent_ || state_ == State::lost || state_ == State::dead) return;
  Unsent& unsent = *unsent_;
  const ssize_t sent =
      ::send(socket_, unsent.bytes.data() + unsent.sent, unsent.bytes.size() - unsent.sent, MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno == EINTR) {
      loop_.sockets_.renew(socket_, watched_);
    } else if (errno != EAGAIN && errno != EWOULDBLOCK) {
      lose_writing(errno);
    }
    return;
  }
  unsent.sent += static_cast<std::size_t>(sent);
  if (unsent.sent < unsent.bytes.size()) {
    // What has left is dropped once it is the larger half, so that a slow reader costs what it has not read.
    if (unsent.sent > unsent.bytes.size() / 2) {
      unsent.bytes.erase(0, unsent.sent);
      unsent.sent = 0;
    }
    return;
  }
  watch(watched_ & ~Sockets::kWritable);
  unsent_.reset();
  if (state_ == State::closing) {
    shut();
  } else if (owner_) {
    owner_->on_drained();
  }
}

void Stream::greet_anew() { set_deadline(loop_.context_.limits().handshake_time); }

std::unique_ptr<TlsSession> Stream::take_session() { return nullptr; }

TlsBuffers& Stream::tls_buffers() {
  if (!loop_.tls_buffers_) loop_.tls_buffers_ = std::make_unique<TlsBuffers>();
  return *loop_.tls_buffers_;
}

void Stream::on_deadline_passed() {
  if (spare()) return;
  if (state_ == State::open && owner_) {
    owner_->on_deadline();
  } else {
    if (state_ == State::open) count_refused(*this, Refusal::late);
    if (!lingers_on()) die();
  }
}

void Stream::read_on(bool on) {
  if (std::exchange(resting_, false)) loop_.heavy_.remove(*this);
  watch(on ? watched_ | Sockets::kReadable : watched_ & ~Sockets::kReadable);
}

void Stream::hand_over(unsigned worker, std::string unread) {
  if (loop_.gathering_ == this) loop_.send_gathered();
  // What was written in this turn may have shown that the peer is gone: then on_lost() comes instead.
  if (state_ != State::open) return;
  auto moving = std::make_shared<MovingConnection>();
  if (unsent_) {
    moving->unsent = unsent_->bytes.substr(unsent_->sent);
    unsent_.reset();
  }
  moving->unread = std::move(unread);
  moving->tls = take_session();
  moving->portion = portion_;
  moving->mark = mark_;
  watch(0);
  greeted();
  Loop& target = *loop_.peers_[worker];
  die();
  // The socket now belongs to the letter; this stream must not close it.
  moving->socket = std::exchange(socket_, -1);
  target.post([&target, moving] { target.adopt(*moving); });
}

void Stream::limit_unsent(std::size_t bytes) {
  const int most = static_cast<int>(std::min<std::size_t>(bytes, std::numeric_limits<int>::max()));
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof most);
}

void Stream::greeted() { loop_.settle(socket_); }

std::string Stream::remote_address() const {
  if (const Gate* const gate = loop_.gate()) {
    if (std::string told = gate->proxied(socket_); !told.empty()) return told;
  }
  const std::optional<Address> peer = peer_of(socket_);
  return peer ? peer->text() : std::string{};
}

void Stream::speaks_for(std::string_view client) {
  if (Gate* const gate = loop_.gate()) gate->speaks_for(socket_, client);
}

}  // namespace encke::net
