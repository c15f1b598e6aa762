// One TCP connection on a loop.
#include "server/net/stream.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <utility>

namespace encke::net {

namespace {

constexpr Millis kGreetingTime{10'000};  // from accepting to the first bytes that tell what is spoken
constexpr Millis kUnsentTime{30'000};    // for a peer to take what is left when its stream is closed
constexpr Millis kLingerTime{2'000};  // for a peer to end its side; closing earlier could reset what it reads
constexpr unsigned kLingerBytes = 1 << 20;  // read and dropped meanwhile; a peer that sends more is cut off
constexpr std::size_t kMostEarly = 64;      // no greeting is longer

}  // namespace

/// Bytes that the socket refused, and the event that waits for it.
struct Stream::Unsent {
  std::string bytes;
  std::size_t sent = 0;
  event writable;
};

Stream::Stream(Loop& loop, int socket, const Sniffer& sniffer) : loop_(loop), sniffer_(sniffer) {
  event_assign(&readable_, loop.base_, socket, EV_READ | EV_PERSIST, &Stream::on_event, this);
  event_add(&readable_, nullptr);
  next_ = loop.first_stream_;
  if (next_ != nullptr) next_->previous_ = this;
  loop.first_stream_ = this;
  ++loop.stream_count_;
  set_deadline(kGreetingTime);
  if (const Sniffer::Opener* opener = sniffer.at_once()) open_with(*opener);
}

Stream::~Stream() {
  assert(state_ == State::dead);
  event_del(&readable_);
  if (unsent_) event_del(&unsent_->writable);
  if (event_get_fd(&readable_) >= 0) ::close(event_get_fd(&readable_));
}

void Stream::set_owner(std::unique_ptr<Owner> owner) {
  if (owner_) loop_.turn_.bury(std::move(owner_));
  owner_ = std::move(owner);
}

void Stream::on_event(evutil_socket_t, short what, void* self) {
  auto& stream = *static_cast<Stream*>(self);
  stream.loop_.wake();
  if ((what & EV_READ) != 0) {
    stream.on_readable();
  } else {
    stream.on_writable();
  }
}

void Stream::on_readable() {
  if (state_ == State::dead || state_ == State::lost) return;
  std::array<char, Loop::kReadBytes>& buffer = loop_.read_buffer_;
  const ssize_t size = ::recv(event_get_fd(&readable_), buffer.data(), buffer.size(), 0);
  if (size < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return;
    lose();
  } else if (size == 0) {
    // The peer may have ended its side only: what is on its way to it still leaves.
    if (state_ == State::closing) {
      read_on(false);
    } else {
      peer_ended_ = true;
      lose();
    }
  } else if (state_ == State::open) {
    feed({buffer.data(), static_cast<std::size_t>(size)});
  } else {
    dropped_ += static_cast<unsigned>(size);
    if (dropped_ > kLingerBytes) abort();
  }
}

void Stream::feed(std::span<char> bytes) {
  if (owner_) {
    owner_->on_bytes(bytes);
  } else {
    greet(bytes);
  }
}

void Stream::greet(std::span<char> bytes) {
  std::string early;
  if (early_) {
    early = std::move(*early_) + std::string(bytes.data(), bytes.size());
    early_.reset();
    bytes = early;
  }
  const Sniffer::Opener* opener = sniffer_.choose({bytes.data(), bytes.size()});
  if (opener == nullptr) {
    assert(bytes.size() < kMostEarly);
    early_ = std::make_unique<std::string>(bytes.data(), bytes.size());
    return;
  }
  if (open_with(*opener)) owner_->on_bytes(bytes);
}

bool Stream::open_with(const Sniffer::Opener& opener) {
  owner_ = opener(*this);
  if (!owner_) abort();
  return state_ == State::open;
}

std::size_t Stream::queued() const {
  if (unsent_) return unsent_->bytes.size() - unsent_->sent;
  return loop_.gathering_ == this ? loop_.gathered_.size() : 0;
}

void Stream::write(std::string_view bytes) {
  if (state_ != State::open || bytes.empty()) return;
  if (unsent_) {
    unsent_->bytes += bytes;
  } else {
    loop_.gather(*this, bytes);
  }
}

void Stream::send_now(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(event_get_fd(&readable_), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        keep(bytes);
      } else {
        lose();
      }
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void Stream::keep(std::string_view bytes) {
  assert(!unsent_);
  unsent_ = std::make_unique<Unsent>();
  unsent_->bytes = bytes;
  event_assign(&unsent_->writable, loop_.base_, event_get_fd(&readable_), EV_WRITE | EV_PERSIST,
               &Stream::on_event, this);
  event_add(&unsent_->writable, nullptr);
}

void Stream::on_writable() {
  if (!unsent_ || state_ == State::lost || state_ == State::dead) return;
  Unsent& unsent = *unsent_;
  const ssize_t sent = ::send(event_get_fd(&readable_), unsent.bytes.data() + unsent.sent,
                              unsent.bytes.size() - unsent.sent, MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) lose();
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
  event_del(&unsent.writable);
  unsent_.reset();
  if (state_ == State::closing) {
    shut();
  } else if (owner_) {
    owner_->on_drained();
  }
}

void Stream::close() {
  if (state_ != State::open) return;
  if (loop_.gathering_ == this) loop_.send_gathered();
  if (state_ != State::open) return;
  if (owner_) loop_.turn_.bury(std::move(owner_));
  state_ = State::closing;
  read_on(true);
  if (unsent_) {
    set_deadline(kUnsentTime);
  } else {
    shut();
  }
}

void Stream::shut() {
  state_ = State::ended;
  ::shutdown(event_get_fd(&readable_), SHUT_WR);
  set_deadline(kLingerTime);
}

void Stream::leave() {
  if (state_ != State::open) return;
  if (loop_.gathering_ == this) loop_.send_gathered();
  if (unsent_) {
    close();
  } else if (state_ == State::open) {
    die();
  }
}

void Stream::abort() {
  if (state_ == State::dead) return;
  if (loop_.gathering_ == this) {
    loop_.gathering_ = nullptr;
    loop_.gathered_.clear();
  }
  const linger reset{1, 0};
  ::setsockopt(event_get_fd(&readable_), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  die();
}

void Stream::lose() {
  if (state_ == State::dead || state_ == State::lost) return;
  if (state_ != State::open) {
    die();
    return;
  }
  state_ = State::lost;
  forget_deadline();  // a deadline in this turn would come before the loss is told
  event_del(&readable_);
  loop_.turn_.defer(*this);
}

void Stream::end_of_turn() {
  if (state_ != State::lost) return;
  // Written before the loss was found: a peer that has ended its side only still gets it.
  if (loop_.gathering_ == this) loop_.send_gathered();
  if (owner_) owner_->on_lost();
  if (state_ != State::lost) return;
  if (!peer_ended_ || !unsent_) {
    die();
    return;
  }
  if (owner_) loop_.turn_.bury(std::move(owner_));
  state_ = State::closing;
  set_deadline(kUnsentTime);
}

void Stream::dismiss() {
  if (state_ != State::open) return;
  if (owner_) owner_->on_lost();
  close();
}

void Stream::die() {
  if (state_ == State::dead) return;
  assert(loop_.gathering_ != this);
  state_ = State::dead;
  forget_deadline();
  event_del(&readable_);
  if (unsent_) event_del(&unsent_->writable);
  if (owner_) loop_.turn_.bury(std::move(owner_));
  (previous_ == nullptr ? loop_.first_stream_ : previous_->next_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
  --loop_.stream_count_;
  loop_.turn_.bury(std::unique_ptr<Disposable>(this));
}

void Stream::on_deadline_passed() {
  if (state_ == State::open && owner_) {
    owner_->on_deadline();
  } else {
    die();
  }
}

void Stream::read_on(bool on) {
  if (paused_ != on) return;
  paused_ = !on;
  if (on) {
    event_add(&readable_, nullptr);
  } else {
    event_del(&readable_);
  }
}

void Stream::pause() {
  if (state_ == State::open) read_on(false);
}

void Stream::resume() {
  if (state_ == State::open) read_on(true);
}

void Stream::hand_over(unsigned worker, std::string unread) {
  if (loop_.gathering_ == this) loop_.send_gathered();
  // What was written in this turn may have shown that the peer is gone: then on_lost() comes instead.
  if (state_ != State::open) return;
  auto moving = std::make_shared<MovingConnection>();
  if (unsent_) {
    moving->unsent = unsent_->bytes.substr(unsent_->sent);
    event_del(&unsent_->writable);
    unsent_.reset();
  }
  moving->unread = std::move(unread);
  moving->socket = event_get_fd(&readable_);
  // The socket now belongs to the letter; this stream must not close it.
  event_del(&readable_);
  event_assign(&readable_, loop_.base_, -1, 0, &Stream::on_event, this);
  Loop& target = *loop_.peers_[worker];
  die();
  target.post([&target, moving] { target.adopt(*moving); });
}

std::string Stream::remote_address() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::getpeername(event_get_fd(&readable_), reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  int family = address.ss_family;
  const void* raw = &reinterpret_cast<sockaddr_in&>(address).sin_addr;
  if (family == AF_INET6) {
    const in6_addr& six = reinterpret_cast<sockaddr_in6&>(address).sin6_addr;
    // A peer of IPv4 on a socket of both families.
    const bool mapped = IN6_IS_ADDR_V4MAPPED(&six);
    raw = mapped ? &six.s6_addr[12] : six.s6_addr;
    if (mapped) family = AF_INET;
  }
  return ::inet_ntop(family, raw, text.data(), text.size()) == nullptr ? std::string{} : text.data();
}

}  // namespace encke::net
