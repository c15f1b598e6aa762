// How a connection ends: by its owner, by its peer, or broken.
#include "server/net/stream.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cassert>
#include <memory>
#include <utility>

namespace encke::net {

namespace {

constexpr Millis kUnsentTime{30'000};  // for a peer to take what is left when its stream is closed
constexpr Millis kLingerTime{2'000};  // for a peer to end its side; closing earlier could reset what it reads
constexpr unsigned kMostLingers = 15;  // such times, while something is on its way to it

}  // namespace

bool Stream::let_owner_go() {
  if (state_ != State::open && state_ != State::lost) return false;
  if (loop_.gathering_ == this) loop_.send_gathered();
  if (state_ == State::open) say_end();
  if (owner_) loop_.turn_.bury(std::move(owner_));
  return state_ == State::open;
}

void Stream::close() {
  if (let_owner_go()) linger_on();
}

void Stream::linger_on() {
  state_ = State::closing;
  read_on(true);
  if (unsent_) {
    set_deadline(kUnsentTime);
  } else {
    shut();
  }
}

void Stream::shut() {
  // A peer that has ended its side too, which is why it is not read any more, is not waited for.
  if ((watched_ & Sockets::kReadable) == 0 && dropped_ <= kLingerBytes) {
    die();
    return;
  }
  state_ = State::ended;
  ::shutdown(socket_, SHUT_WR);
  set_deadline(kLingerTime);
}

bool Stream::lingers_on() {
  // To close a socket with bytes that nobody has read resets it, and the peer would lose what it has not got
  // yet.
  if (state_ != State::ended || dropped_ <= kLingerBytes || dropped_ > kMostLingers * kLingerBytes)
    return false;
  int left = 0;
  if (::ioctl(socket_, SIOCOUTQ, &left) != 0 || left == 0) return false;
  dropped_ += kLingerBytes;
  set_deadline(kLingerTime);
  return true;
}

void Stream::leave() {
  if (!let_owner_go()) return;
  // Closing a socket that holds what nobody has read resets the connection, and what is on its way is lost.
  if (unsent_ || has_unread()) {
    linger_on();
  } else {
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
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  die();
}

void Stream::lose() {
  if (state_ == State::dead || state_ == State::lost) return;
  if (state_ != State::open) {
    die();
    return;
  }
  state_ = State::lost;
  clear_deadline();  // a deadline in this turn would come before the loss is told
  loop_.turn_.defer(*this);
}

void Stream::end_of_turn() {
  if (state_ != State::lost) return;
  // Written before the loss was found: a peer that has ended its side only still gets it.
  if (loop_.gathering_ == this) loop_.send_gathered();
  if (owner_) owner_->on_lost();
  if (state_ != State::lost) return;
  if (peer_ended_) say_end();
  if (!peer_ended_ || !unsent_) {
    die();
    return;
  }
  if (owner_) loop_.turn_.bury(std::move(owner_));
  read_on(false);
  state_ = State::closing;
  set_deadline(kUnsentTime);
}

void Stream::peer_has_ended() {
  peer_ended_ = true;
  const bool goes_on = owner_ && owner_->on_ended();
  if (state_ != State::open) return;
  if (goes_on) {
    read_on(false);
  } else {
    lose();
  }
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
  watched_ = 0;  // closing the socket ends its watch
  if (resting_) loop_.heavy_.remove(*this);
  loop_.sockets_.remove(socket_);
  if (owner_) loop_.turn_.bury(std::move(owner_));
  loop_.turn_.bury(std::unique_ptr<Disposable>(this));
}

}  // namespace encke::net
