// When a stream is read whose bytes cost its loop much, and that its owner may pause it meanwhile.
#include "server/net/heavy.hpp"
#include "server/net/loop.hpp"
#include "server/net/stream.hpp"

#include <cassert>
#include <chrono>
#include <utility>

namespace encke::net {

void Stream::rest() {
  if (state_ != State::open) return;
  if (paused_) {
    rests_then_ = true;
    return;
  }
  read_on(false);
  wait_for_turn();
}

void Stream::wait_for_turn() {
  assert(!resting_);
  resting_ = true;
  loop_.heavy_.add(*this, loop_.turn_began_.time_since_epoch());
}

void Stream::take_turn() {
  resting_ = false;
  // What stands behind is told when the socket is watched again.
  const bool again = on_readable(false, true);
  if (state_ != State::open) return;
  if (again) {
    rest();
  } else if (!paused_) {
    read_on(true);
  }
}

bool Stream::weigh(std::span<char> bytes, bool more, bool own_turn) {
  const bool light = bytes.size() <= Heavy::kLight ||
                     (!more && portion_ == Heavy::kUsualPortion && bytes.size() <= Heavy::kAlone);
  if ((light && !loop_.is_watchful()) || is_shaking_hands()) {
    if (light) portion_ = Heavy::towards_usual(portion_);
    received(bytes);
    return false;
  }
  const auto begin = std::chrono::steady_clock::now();
  received(bytes);
  const Heavy::Time cost = std::chrono::steady_clock::now() - begin;
  portion_ = Heavy::portion(portion_, cost, more);
  if (!loop_.heavy_.is(cost, more)) return false;
  if (!own_turn) loop_.heavy_.took(cost, true);
  return true;
}

void Stream::pause() {
  if (state_ != State::open) return;
  paused_ = true;
  if (resting_) rests_then_ = true;
  read_on(false);
}

void Stream::resume() {
  if (state_ != State::open || !std::exchange(paused_, false)) return;
  if (std::exchange(rests_then_, false)) {
    wait_for_turn();
  } else {
    read_on(true);
  }
}

}  // namespace encke::net
