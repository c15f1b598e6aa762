// Sockets and timers on libevent.
#include "tests/support/event_socket.hpp"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <utility>

namespace encke::test {
namespace {

sockaddr_in loopback(std::uint32_t below, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(0x7f000000U + below);
  return address;
}

void switch_on(int socket, int level, int option) {
  const int on = 1;
  setsockopt(socket, level, option, &on, sizeof on);
}

}  // namespace

void FreeEvent::operator()(event* event) const { event_free(event); }
void FreeEvent::operator()(bufferevent* buffers) const { bufferevent_free(buffers); }

EventTimer::EventTimer(event_base* base, std::function<void()> call)
    : call_(std::move(call)),
      event_(event_new(
          base, -1, 0, [](evutil_socket_t, short, void* self) { static_cast<EventTimer*>(self)->call_(); },
          this)) {}

void EventTimer::start(std::chrono::milliseconds time) {
  const timeval after{time.count() / 1000, time.count() % 1000 * 1000};
  evtimer_add(event_.get(), &after);
}

void EventTimer::cancel() { evtimer_del(event_.get()); }

bool EventTimer::is_running() const { return evtimer_pending(event_.get(), nullptr) != 0; }

void EventSocket::watch(int socket) {
  // libevent writes to sockets whose peer is gone, which is an error to be told and no reason to die.
  [[maybe_unused]] static const auto before = std::signal(SIGPIPE, SIG_IGN);
  switch_on(socket, IPPROTO_TCP, TCP_NODELAY);
  buffers_.reset(bufferevent_socket_new(base_, socket, BEV_OPT_CLOSE_ON_FREE));
  bufferevent_setcb(buffers_.get(), on_read, on_write, on_event, this);
  bufferevent_setwatermark(buffers_.get(), EV_READ, 0, kMostQueued);
  bufferevent_enable(buffers_.get(), EV_READ | EV_WRITE);
}

void EventSocket::adopt(int socket) { watch(socket); }

void EventSocket::connect(std::uint16_t port, std::uint16_t source) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) throw std::runtime_error("no descriptors are left");
  switch_on(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
  const sockaddr_in from = loopback(0x10000U + source, 0);
  if (bind(socket, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) {
    throw std::runtime_error("cannot bind an address of loopback");
  }
  finishing_ = false;
  watch(socket);
  sockaddr_in to = loopback(1, port);
  bufferevent_socket_connect(buffers_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to);
}

evbuffer* EventSocket::input() { return bufferevent_get_input(buffers_.get()); }

bool EventSocket::is_full() const {
  return is_open() && evbuffer_get_length(bufferevent_get_output(buffers_.get())) > kMostQueued;
}

bool EventSocket::has_queued() const {
  return is_open() && evbuffer_get_length(bufferevent_get_output(buffers_.get())) > 0;
}

void EventSocket::write(std::string_view bytes) {
  if (is_open()) bufferevent_write(buffers_.get(), bytes.data(), bytes.size());
}

void EventSocket::write_from(EventSocket& other, std::size_t count) {
  if (is_open()) {
    evbuffer_remove_buffer(other.input(), bufferevent_get_output(buffers_.get()), count);
  } else {
    evbuffer_drain(other.input(), count);
  }
}

void EventSocket::finish() {
  if (!is_open()) return;
  finishing_ = true;
  if (!has_queued()) shutdown(bufferevent_getfd(buffers_.get()), SHUT_WR);
}

void EventSocket::close(bool reset) {
  if (!is_open()) return;
  const linger at_once{1, 0};
  if (reset) setsockopt(bufferevent_getfd(buffers_.get()), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  buffers_.reset();
}

void EventSocket::on_read(bufferevent*, void* self) {
  auto& end = *static_cast<EventSocket*>(self);
  end.owner_.on_input(end);
}

void EventSocket::on_write(bufferevent*, void* self) {
  auto& end = *static_cast<EventSocket*>(self);
  if (end.finishing_) shutdown(bufferevent_getfd(end.buffers_.get()), SHUT_WR);
  end.owner_.on_drained(end);
}

void EventSocket::on_event(bufferevent*, short what, void* self) {
  auto& end = *static_cast<EventSocket*>(self);
  if ((what & BEV_EVENT_ERROR) != 0) {
    end.owner_.on_end(end, true);
  } else if ((what & BEV_EVENT_EOF) != 0) {
    end.owner_.on_end(end, false);
  }
}

}  // namespace encke::test
