// The connections of one loop, over epoll.
#include "server/net/sockets.hpp"

#include "server/net/stream.hpp"

#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <stdexcept>

namespace encke::net {

namespace {

epoll_event event_of(int socket, std::uint32_t wanted) {
  epoll_event event{};
  event.events = wanted | EPOLLET | ((wanted & Sockets::kReadable) != 0 ? Sockets::kEnding : 0U);
  event.data.fd = socket;
  return event;
}

}  // namespace

Sockets::Sockets()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), events_(std::make_unique<epoll_event[]>(kEvents)) {
  if (epoll_ < 0) throw std::runtime_error("cannot create an epoll descriptor");
}

Sockets::~Sockets() { ::close(epoll_); }

void Sockets::add(int socket, Stream& stream) {
  const auto index = static_cast<std::size_t>(socket);
  if (index >= streams_.size()) {
    streams_.resize(index + 1);
    due_.resize(index + 1, kNever);
  }
  assert(streams_[index] == nullptr);
  streams_[index] = &stream;
  due_[index] = kNever;
  ++size_;
}

void Sockets::remove(int socket) {
  const auto index = static_cast<std::size_t>(socket);
  assert(streams_[index] != nullptr);
  streams_[index] = nullptr;
  due_[index] = kNever;
  --size_;
}

bool Sockets::watch(int socket, std::uint32_t before, std::uint32_t wanted) {
  if (before == wanted) return true;
  // A socket that nothing is wanted of is not watched at all: epoll tells of its end whatever was asked.
  const int change = before == 0 ? EPOLL_CTL_ADD : wanted == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
  epoll_event event = event_of(socket, wanted);
  return ::epoll_ctl(epoll_, change, socket, &event) == 0 || change == EPOLL_CTL_DEL;
}

void Sockets::renew(int socket, std::uint32_t wanted) {
  epoll_event event = event_of(socket, wanted);
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, socket, &event);
}

void Sockets::dispatch() {
  const int count = ::epoll_wait(epoll_, events_.get(), static_cast<int>(kEvents), 0);
  for (int index = 0; index < count; ++index) {
    const epoll_event& event = events_[static_cast<std::size_t>(index)];
    std::uint32_t ready = event.events & (kReadable | kWritable | kEnding);
    // An end or an error shows in the call that meets it, so that there is one way to learn of it.
    if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) ready = kReadable | kWritable | kEnding;
    // A socket that a child process holds too, between fork() and exec(), is told of after it was closed
    // here.
    Stream* const stream = streams_[static_cast<std::size_t>(event.data.fd)];
    if (stream != nullptr) stream->on_ready(ready);
  }
}

void Sockets::set_deadline(int socket, Millis when) {
  const auto tick = static_cast<std::uint32_t>(TimerWheel::tick_from(when));
  due_[static_cast<std::size_t>(socket)] = tick;
  earliest_ = std::min(earliest_, tick);
}

void Sockets::expire(Millis now) {
  const auto tick = static_cast<std::uint32_t>(now / TimerWheel::kTick);
  if (tick < earliest_) return;
  for (std::size_t index = 0; index < due_.size(); ++index) {
    if (due_[index] > tick) continue;
    due_[index] = kNever;
    streams_[index]->on_deadline_passed();
  }
  earliest_ = due_.empty() ? kNever : *std::min_element(due_.begin(), due_.end());
}

std::optional<Millis> Sockets::next_deadline() const {
  return earliest_ == kNever ? std::nullopt : std::optional<Millis>(TimerWheel::kTick * earliest_);
}

}  // namespace encke::net
