#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace encke::bench {

/// An epoll loop of one thread. One read buffer serves all connections; the time is read once a turn.
class Loop {
 public:
  class Watcher {
   public:
    virtual void on_ready(std::uint32_t events) = 0;

   protected:
    ~Watcher() = default;
  };

  using Time = std::chrono::steady_clock::time_point;

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// The watcher must outlive its watching, and the turn in which it ends.
  void watch(int fd, Watcher& watcher, std::uint32_t events);
  void change(int fd, Watcher& watcher, std::uint32_t events);

  /// Waits for events, at most `milliseconds`, and handles them.
  void turn(int milliseconds);

  Time now() const { return now_; }
  std::vector<char>& read_buffer() { return read_buffer_; }

  /// How many reads brought bytes, over all connections.
  std::uint64_t reads() const { return reads_; }
  void count_read() { ++reads_; }

 private:
  int fd_;
  Time now_;
  std::vector<epoll_event> events_;
  std::vector<char> read_buffer_;
  std::uint64_t reads_ = 0;
};

/// One non-blocking TCP connection to the server under test on 127.0.0.1. Reusable: after an end it may
/// connect again.
class Connection final : Loop::Watcher {
 public:
  class Owner {
   public:
    /// The bytes that wait to be used. Returns how many are used up (all, if the connection was closed
    /// meanwhile); the rest is offered again with what follows.
    virtual std::size_t on_bytes(Connection& connection, std::string_view bytes) = 0;
    /// The connection is closed by the other side or by an error; not called after close().
    virtual void on_end(Connection& connection, std::string_view why) = 0;

   protected:
    ~Owner() = default;
  };

  Connection(Loop& loop, Owner& owner) : loop_(loop), owner_(owner) {}
  ~Connection() { close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Starts to connect from 127.0.0.`source`; what is written meanwhile is kept.
  void connect(std::uint16_t port, std::uint32_t source);
  void write(std::string_view bytes);
  /// Tells the server that nothing more will be sent; reading goes on.
  void end_sending();
  void close();
  bool is_open() const { return fd_ >= 0; }

 private:
  void on_ready(std::uint32_t events) override;
  void on_connected();
  void on_readable();
  void on_bytes(std::string_view bytes);
  void flush();
  void end(std::string_view why);

  Loop& loop_;
  Owner& owner_;
  int fd_ = -1;
  bool connecting_ = false;
  std::string in_;   // received and not used yet
  std::string out_;  // written and not sent yet
};

}  // namespace encke::bench
