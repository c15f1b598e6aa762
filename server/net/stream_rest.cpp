// When a stream is read whose bytes cost its loop much, and that its owner may pause it meanwhile.
#include "server/net/heavy.hpp"
#include "server/net/loop.hpp"
#include "server/net/stream.hpp"

#include <sys/ioctl.h>

#include <chrono>
#include <utility>

namespace encke::net {

namespace {

// Who has bytes waiting when its deadline passes gets so much more time, again until it has been read, and so
// many reads: enough for the 64 KiB by which the body of a request, or a message, is seen to grow.
constexpr Millis kSparedTime{1'000};
constexpr std::uint8_t kMostSpared = 16;

}  // namespace

void Stream::rest() {
  if (state_ != State::open || std::exchange(resting_, true)) return;
  watch(watched_ & ~Sockets::kReadable);
  if (!paused_) wait_for_turn();
}

void Stream::wait_for_turn() { loop_.heavy_.add(*this, mark_ > 0, loop_.turn_began_.time_since_epoch()); }

bool Stream::has_unread() const {
  int unread = 0;
  return ::ioctl(socket_, FIONREAD, &unread) == 0 && unread > 0;
}

bool Stream::behind() const { return state_ == State::open && !paused_ && (resting_ || has_unread()); }

bool Stream::spare() {
  if (!behind()) return false;
  if (!to_be_read_) {
    if (spared_ == kMostSpared) return false;
    ++spared_;
    to_be_read_ = true;
    if (resting_) loop_.heavy_.hasten(*this);
  }
  loop_.sockets_.set_deadline(socket_, loop_.timers_.now() + kSparedTime);
  return true;
}

void Stream::take_turn() {
  resting_ = false;
  // What stands behind is told when the socket is watched again.
  const bool again = on_readable(false);
  if (state_ != State::open) return;
  if (again) {
    rest();
  } else if (!paused_ && !resting_) {
    watch(watched_ | Sockets::kReadable);
  }
}

Stream::Work Stream::begin_work() {
  return {.counts = !std::exchange(loop_.weighing_, true),
          .shaking_hands = is_shaking_hands(),
          .asked = loop_.turn_.asked(),
          .begin = std::chrono::steady_clock::now()};
}

bool Stream::costs_much(const Work& work, const Read& read) {
  if (!work.counts) return false;
  loop_.weighing_ = false;
  if (Heavy::is_light(work.shaking_hands ? 0 : read.bytes, work.asked, loop_.turn_.asked())) {
    portion_ = Heavy::towards_usual(portion_);
    mark_ = Heavy::fade(mark_);
    return false;
  }
  const Heavy::Time cost = std::chrono::steady_clock::now() - work.begin;
  portion_ = Heavy::portion(portion_, cost, read.filled);
  mark_ = Heavy::mark(mark_, cost);
  if (!loop_.heavy_.is(cost, read.more)) return false;
  if (!loop_.in_own_turn_) {
    loop_.heavy_.took_from_others(cost);
    loop_.costly_ += cost;
  }
  return true;
}

void Stream::catch_up(const std::function<void()>& put_off) {
  const Work work = begin_work();
  put_off();
  if (costs_much(work, {})) rest();
}

void Stream::settle_in(std::span<char> bytes, std::uint8_t portion, std::uint8_t mark) {
  portion_ = portion;
  mark_ = mark;
  catch_up([&] { feed(bytes); });
}

void Stream::pause() {
  if (state_ != State::open || std::exchange(paused_, true)) return;
  if (resting_) {
    loop_.heavy_.remove(*this);
  } else {
    watch(watched_ & ~Sockets::kReadable);
  }
}

void Stream::resume() {
  if (state_ != State::open || !std::exchange(paused_, false)) return;
  if (resting_) {
    wait_for_turn();
  } else {
    watch(watched_ | Sockets::kReadable);
  }
}

}  // namespace encke::net
