// What the bare servers of the bench have in common: a listening socket, epoll, and no care for peers that
// are slow or send in pieces. One that does either ends the process.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

namespace encke::bench {

[[noreturn]] inline void die(const char* what) {
  std::fprintf(stderr, "bare server: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

/// As many descriptors as the system lets the process have.
inline void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

inline void send_all(int fd, std::string_view bytes) {
  const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) return;  // reading ends it
  if (sent != static_cast<ssize_t>(bytes.size())) die("a reader does not keep up");
}

/// Accepts on a free port of loopback, which it prints, and tells `Server` of what comes:
/// accepted(fd), readable(fd), and turn_ended() after each round of events.
template <typename Server>
class Bare {
 public:
  Bare() : poll_(epoll_create1(EPOLL_CLOEXEC)) {
    if (poll_ < 0) die("epoll_create1");
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || bind(listener_, generic, length) < 0 || listen(listener_, 4096) < 0) die("listen");
    if (getsockname(listener_, generic, &length) < 0) die("getsockname");
    watch(listener_);
    std::fprintf(stderr, "listening on 127.0.0.1:%u\n", static_cast<unsigned>(ntohs(address.sin_port)));
  }

  [[noreturn]] void run(Server& server) {
    std::vector<epoll_event> events(1024);
    for (;;) {
      const int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), -1);
      if (count < 0 && errno != EINTR) die("epoll_wait");
      for (int i = 0; i < count; ++i) {
        const int fd = events[i].data.fd;
        if (fd == listener_) {
          accept_all(server);
        } else {
          server.readable(fd);
        }
      }
      server.turn_ended();
    }
  }

 private:
  void watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
  }

  void accept_all(Server& server) {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0 && errno == EAGAIN) return;
      if (fd < 0) die("accept4");
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      watch(fd);
      server.accepted(fd);
    }
  }

  const int poll_;
  int listener_ = -1;
};

}  // namespace encke::bench
