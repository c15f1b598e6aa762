// The floor: the least that a server on epoll can do. What it costs is the budget that real servers are
// measured by.
//
//   echo       read, write what was read
//   broadcast  read from all who have something, then one send to every connection with what the turn brought
//   close      accept, read, write what was read, close
//
// Echo and broadcast greet each connection with one byte, so that its peer knows when it takes part.
// It relies on its peer: messages come in whole, and readers keep up. One that does not ends the process.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

enum class Mode { Echo, Broadcast, Close };

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "encke_floor: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

class Floor {
 public:
  explicit Floor(Mode mode) : mode_(mode), poll_(epoll_create1(EPOLL_CLOEXEC)), buffer_(256 * 1024) {
    if (poll_ < 0) die("epoll_create1");
    listen_on_loopback();
  }

  void run() {
    std::vector<epoll_event> events(1024);
    for (;;) {
      const int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), -1);
      if (count < 0 && errno != EINTR) die("epoll_wait");
      for (int i = 0; i < count; ++i) {
        const int fd = events[i].data.fd;
        if (fd == listener_)
          accept_all();
        else
          serve(fd);
      }
      if (!turn_.empty()) deliver();
    }
  }

 private:
  void listen_on_loopback() {
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

  void watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
  }

  void accept_all() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0 && errno == EAGAIN) return;
      if (fd < 0) die("accept4");
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      watch(fd);
      if (mode_ != Mode::Close) send_all(fd, "o");
      if (mode_ == Mode::Broadcast) {
        if (static_cast<std::size_t>(fd) >= place_.size()) place_.resize(fd + 1);
        place_[fd] = receivers_.size();
        receivers_.push_back(fd);
      }
    }
  }

  void serve(int fd) {
    const ssize_t got = recv(fd, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      drop(fd);
      return;
    }
    if (mode_ == Mode::Broadcast) {
      turn_.append(buffer_.data(), static_cast<std::size_t>(got));
      return;
    }
    send_all(fd, {buffer_.data(), static_cast<std::size_t>(got)});
    if (mode_ == Mode::Close) close(fd);
  }

  void drop(int fd) {
    if (mode_ == Mode::Broadcast) {
      const int last = receivers_.back();
      receivers_[place_[fd]] = last;
      place_[last] = place_[fd];
      receivers_.pop_back();
    }
    close(fd);
  }

  void deliver() {
    for (const int fd : receivers_) send_all(fd, turn_);
    turn_.clear();
  }

  static void send_all(int fd, std::string_view bytes) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) return;  // reading ends it
    if (sent != static_cast<ssize_t>(bytes.size())) die("a reader does not keep up");
  }

  const Mode mode_;
  const int poll_;
  int listener_ = -1;
  std::vector<char> buffer_;
  std::string turn_;                // what this turn has read
  std::vector<int> receivers_;      // in broadcast: all connections
  std::vector<std::size_t> place_;  // of a descriptor in receivers_
};

}  // namespace

int main(int argc, char** argv) {
  const std::string_view name = argc == 2 ? argv[1] : "";
  if (name != "echo" && name != "broadcast" && name != "close") {
    std::fprintf(stderr, "usage: encke_floor echo|broadcast|close\n");
    return 2;
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  Floor(name == "echo" ? Mode::Echo : name == "broadcast" ? Mode::Broadcast : Mode::Close).run();
}
