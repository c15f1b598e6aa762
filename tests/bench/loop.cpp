// The epoll loop and the connections of the load generator.
#include "tests/bench/loop.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tests/bench/options.hpp"

namespace encke::bench {
namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::size_t kEventsPerTurn = 1024;

sockaddr_in loopback(std::uint32_t last_byte, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(0x7f000000U + last_byte);
  return address;
}

[[noreturn]] void fail_errno(const char* what) { fail(std::string(what) + ": " + std::strerror(errno)); }

}  // namespace

Loop::Loop()
    : fd_(epoll_create1(EPOLL_CLOEXEC)),
      now_(std::chrono::steady_clock::now()),
      events_(kEventsPerTurn),
      read_buffer_(kReadBytes) {
  if (fd_ < 0) fail_errno("epoll_create1");
}

Loop::~Loop() { ::close(fd_); }

void Loop::watch(int fd, Watcher& watcher, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &watcher;
  if (epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event) < 0) fail_errno("epoll_ctl");
}

void Loop::change(int fd, Watcher& watcher, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &watcher;
  if (epoll_ctl(fd_, EPOLL_CTL_MOD, fd, &event) < 0) fail_errno("epoll_ctl");
}

void Loop::turn(int milliseconds) {
  const int count = epoll_wait(fd_, events_.data(), static_cast<int>(events_.size()), milliseconds);
  if (count < 0 && errno != EINTR) fail_errno("epoll_wait");
  now_ = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) static_cast<Watcher*>(events_[i].data.ptr)->on_ready(events_[i].events);
}

void Connection::connect(std::uint16_t port, std::uint32_t source) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) fail_errno("socket");
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const sockaddr_in from = loopback(source, 0);
  if (bind(fd_, reinterpret_cast<const sockaddr*>(&from), sizeof from) < 0) fail_errno("bind");
  const sockaddr_in to = loopback(1, port);
  connecting_ = true;
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0 && errno != EINPROGRESS)
    fail_errno("connect");
  loop_.watch(fd_, *this, EPOLLIN | EPOLLOUT);
}

void Connection::write(std::string_view bytes) {
  if (connecting_ || !out_.empty()) {
    out_.append(bytes);
    return;
  }
  const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(bytes.size())) return;
  if (sent < 0 && errno != EAGAIN && errno != EPIPE && errno != ECONNRESET) fail_errno("send");
  out_.append(bytes.substr(sent < 0 ? 0 : static_cast<std::size_t>(sent)));
  loop_.change(fd_, *this, EPOLLIN | EPOLLOUT);
}

void Connection::end_sending() {
  if (fd_ >= 0) shutdown(fd_, SHUT_WR);
}

void Connection::close() {
  if (fd_ < 0) return;
  ::close(fd_);
  fd_ = -1;
  connecting_ = false;
  in_.clear();
  out_.clear();
}

void Connection::on_ready(std::uint32_t events) {
  if (fd_ < 0) return;
  if (connecting_) {
    on_connected();
  } else if (events & EPOLLOUT) {
    flush();
  }
  if (fd_ >= 0 && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) on_readable();
}

void Connection::on_connected() {
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) {
    end(std::string("connecting failed: ") + std::strerror(error));
    return;
  }
  connecting_ = false;
  flush();
}

void Connection::flush() {
  while (!out_.empty()) {
    const ssize_t sent = send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) break;  // reading tells why
    out_.erase(0, static_cast<std::size_t>(sent));
  }
  loop_.change(fd_, *this, EPOLLIN);
}

void Connection::on_readable() {
  auto& buffer = loop_.read_buffer();
  const ssize_t got = recv(fd_, buffer.data(), buffer.size(), 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    end(got == 0 ? "closed by the server" : std::strerror(errno));
    return;
  }
  loop_.count_read();
  on_bytes({buffer.data(), static_cast<std::size_t>(got)});
}

void Connection::on_bytes(std::string_view bytes) {
  if (in_.empty()) {
    const std::size_t used = owner_.on_bytes(*this, bytes);
    if (fd_ >= 0 && used < bytes.size()) in_.assign(bytes.substr(used));
    return;
  }
  in_.append(bytes);
  const std::string pending = std::move(in_);  // the owner may close or reopen this connection meanwhile
  in_.clear();
  const std::size_t used = owner_.on_bytes(*this, pending);
  if (fd_ >= 0 && used < pending.size()) in_.assign(pending, used);
}

void Connection::end(std::string_view why) {
  const std::string reason(why);
  close();
  owner_.on_end(*this, reason);
}

}  // namespace encke::bench
