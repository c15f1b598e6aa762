// Sockets and timers on libevent, for what tests bring along.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

struct bufferevent;
struct evbuffer;
struct event;
struct event_base;

namespace encke::test {

struct FreeEvent {
  void operator()(event* event) const;
  void operator()(bufferevent* buffers) const;
};

/// Calls once, after a time; starting it again moves that time.
class EventTimer {
 public:
  EventTimer(event_base* base, std::function<void()> call);
  void start(std::chrono::milliseconds time);
  void cancel();
  bool is_running() const;

 private:
  std::function<void()> call_;
  std::unique_ptr<event, FreeEvent> event_;
};

/// One TCP connection on loopback.
class EventSocket {
 public:
  class Owner {
   public:
    /// There is something in input(); not called again for what is left there.
    virtual void on_input(EventSocket& end) = 0;
    /// All that was written has gone to the kernel.
    virtual void on_drained(EventSocket& end) = 0;
    /// The peer has ended its side (input() may still hold something), or, `broken`, the connection is gone.
    virtual void on_end(EventSocket& end, bool broken) = 0;

   protected:
    ~Owner() = default;
  };

  /// What is written beyond this waits in the other end's kernel.
  static constexpr std::size_t kMostQueued = 256 * 1024;

  EventSocket(event_base* base, Owner& owner) : base_(base), owner_(owner) {}
  ~EventSocket() { close(true); }
  EventSocket(const EventSocket&) = delete;
  EventSocket& operator=(const EventSocket&) = delete;

  /// Takes in an accepted socket.
  void adopt(int socket);
  /// Connects to 127.0.0.1:`port` from 127.1.x.y with `source` as its last two bytes, so that no pair of
  /// addresses runs out of ports. What is written meanwhile is kept.
  void connect(std::uint16_t port, std::uint16_t source);

  bool is_open() const { return buffers_ != nullptr; }
  evbuffer* input();
  /// Whether so much is queued that no more should be written.
  bool is_full() const;
  bool has_queued() const;
  void write(std::string_view bytes);
  /// Moves the first `count` bytes of the other end's input here.
  void write_from(EventSocket& other, std::size_t count);
  /// Sends what is queued, then FIN; reading goes on.
  void finish();
  /// At once; with RST, or as the kernel does it.
  void close(bool reset);

 private:
  void watch(int socket);
  static void on_read(bufferevent* buffers, void* self);
  static void on_write(bufferevent* buffers, void* self);
  static void on_event(bufferevent* buffers, short what, void* self);

  event_base* const base_;
  Owner& owner_;
  std::unique_ptr<bufferevent, FreeEvent> buffers_;
  bool finishing_ = false;
};

}  // namespace encke::test
