// Loops on threads, peers with plain sockets, and a log that both may look at. Every wait is bounded.
#pragma once

#include "server/core/byte_stream.hpp"
#include "server/net/sniffer.hpp"
#include "server/net/workers.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace encke::test {

inline constexpr std::chrono::seconds kWatchdog{20};

/// What happened, on any thread.
class Log {
 public:
  void add(std::string what) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(what));
    changed_.notify_all();
  }
  /// Waits until there are `count` lines, and returns all.
  std::vector<std::string> wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    CHECK(changed_.wait_for(lock, kWatchdog, [&] { return lines_.size() >= count; }));
    return lines_;
  }
  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

/// An owner that does as it is told.
class Owner final : public ByteStream::Owner {
 public:
  std::function<void(std::string_view)> bytes = [](std::string_view) {};
  std::function<void()> drained = [] {};
  std::function<void()> lost = [] {};
  std::function<void()> deadline = [] {};
  std::function<void()> gone = [] {};

  ~Owner() override { gone(); }
  void on_bytes(std::span<char> span) override { bytes({span.data(), span.size()}); }
  void on_drained() override { drained(); }
  void on_lost() override { lost(); }
  void on_deadline() override { deadline(); }
};

/// Loops that run from start() on, until this object goes.
class Running {
 public:
  explicit Running(unsigned count = 1) : workers(count, sniffer) {
    sniffer.otherwise([this](ByteStream& stream) {
      auto owner = std::make_unique<Owner>();
      open(stream, *owner);
      return owner;
    });
    address_ = workers.listen("127.0.0.1:0").at(0).text;
  }
  ~Running() { stop(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void start() {
    std::promise<void> promise;
    ended_ = promise.get_future();
    thread_ = std::thread([this, done = std::move(promise)]() mutable {
      workers.run([](unsigned) {});
      done.set_value();
    });
  }
  void stop() {
    if (!thread_.joinable()) return;
    workers.stop();
    if (ended_.wait_for(kWatchdog) != std::future_status::ready) {
      std::fprintf(stderr, "the loops do not stop\n");
      std::abort();
    }
    thread_.join();
  }
  /// Runs `call` on a loop and waits for its end.
  void on(unsigned worker, const std::function<void()>& call) {
    const auto done = std::make_shared<std::promise<void>>();
    std::future<void> future = done->get_future();
    workers.post(worker, [&call, done] {
      call();
      done->set_value();
    });
    REQUIRE(future.wait_for(kWatchdog) == std::future_status::ready);
  }
  std::uint16_t port() const {
    return static_cast<std::uint16_t>(std::stoul(address_.substr(address_.rfind(':') + 1)));
  }
  const std::string& address() const { return address_; }

  /// Makes an owner for each stream that comes.
  std::function<void(ByteStream&, Owner&)> open = [](ByteStream&, Owner&) {};
  net::Sniffer sniffer;
  net::Workers workers;

 private:
  std::string address_;
  std::thread thread_;
  std::future<void> ended_;
};

/// Holds a loop while this object lives, so that all that comes meanwhile comes at once.
class Hold {
 public:
  explicit Hold(Running& running) {
    const auto held = std::make_shared<std::promise<void>>();
    running.workers.post(0, [held, release = release_] {
      held->set_value();
      release->get_future().wait_for(kWatchdog);
    });
    REQUIRE(held->get_future().wait_for(kWatchdog) == std::future_status::ready);
  }
  ~Hold() { release_->set_value(); }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

 private:
  std::shared_ptr<std::promise<void>> release_ = std::make_shared<std::promise<void>>();
};

/// The other end.
class Peer {
 public:
  /// Not connected yet. `receive_buffer`: SO_RCVBUF, 0 for the system's.
  explicit Peer(int receive_buffer = 0) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    REQUIRE(socket_ >= 0);
    if (receive_buffer != 0) {
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
  }
  Peer(const Running& running, int receive_buffer = 0) : Peer(receive_buffer) { connect(running.port()); }
  struct Descriptor {
    int number;
  };
  explicit Peer(Descriptor descriptor) : socket_(descriptor.number) {}
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() { close(); }

  void connect(std::uint16_t port) const {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0);
  }
  void send(std::string_view bytes) const {
    REQUIRE(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  /// False where the server has ended the connection.
  bool try_send(std::string_view bytes) const {
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  /// One piece; empty at the end; "reset" where the connection was reset.
  std::string piece(std::size_t most = 64 * 1024) const {
    pollfd wait{socket_, POLLIN, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(std::chrono::milliseconds(kWatchdog).count()));
    REQUIRE(ready == 1);
    std::string bytes(most, '\0');
    const ssize_t size = ::recv(socket_, bytes.data(), most, 0);
    if (size < 0) return errno == ECONNRESET ? "reset" : std::strerror(errno);
    bytes.resize(static_cast<std::size_t>(size));
    return bytes;
  }
  /// `size` bytes, or fewer where they end.
  std::string take(std::size_t size) const {
    std::string bytes;
    while (bytes.size() < size) {
      const std::string more = piece(size - bytes.size());
      if (more.empty()) break;
      bytes += more;
    }
    return bytes;
  }
  std::string take_all() const {
    std::string bytes;
    while (true) {
      const std::string more = piece();
      if (more.empty()) return bytes;
      bytes += more;
    }
  }
  void end_writing() const { ::shutdown(socket_, SHUT_WR); }
  void reset() {
    const linger hard{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }

 private:
  int socket_;
};

/// Two ends of a pair: [0] for a loop to adopt, [1] for a Peer.
inline std::array<int, 2> pair_of(int type) {
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) == 0);
  REQUIRE(::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
  return ends;
}

/// Bytes that tell where they were cut or mixed up.
inline std::string numbers(std::size_t size, int from = 0) {
  std::string text;
  text.reserve(size + 16);
  for (int number = from; text.size() < size; ++number) text += std::to_string(number) + ",";
  text.resize(size);
  return text;
}

}  // namespace encke::test
