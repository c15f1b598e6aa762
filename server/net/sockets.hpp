// The connections of one loop: which descriptors are watched for what, and until when.
//
// libevent keeps some 170 bytes for each descriptor that it watches, a third of what an idle connection may
// cost. So the connections have an epoll of their own, which libevent watches as one descriptor; timers,
// signals, listeners and all else stay libevent's. A connection's deadline is a number in a table here: a
// list of timers would cost each connection eight times as much, and most have none most of the time.
//
// Sockets are watched by their edges: epoll tells once that bytes have come, and does not look again whether
// they are still there. Whoever reads less than all of them says so, by renew().
#pragma once

#include "server/core/timer_wheel.hpp"

#include <sys/epoll.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

namespace encke::net {

class Stream;

/// One per loop. Not thread-safe.
class Sockets {
 public:
  static constexpr std::uint32_t kReadable = EPOLLIN;
  static constexpr std::uint32_t kWritable = EPOLLOUT;
  /// Told along with kReadable: behind what can be read stands the end, or an error.
  static constexpr std::uint32_t kEnding = EPOLLRDHUP;

  /// Throws std::runtime_error when the system refuses.
  Sockets();
  ~Sockets();
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;

  /// Readable while dispatch() has something to do.
  int descriptor() const { return epoll_; }

  /// `stream` has `socket` from now until remove(), which comes before the socket is closed.
  void add(int socket, Stream& stream);
  void remove(int socket);
  /// What the stream that has `socket` is told of by on_ready(): a set of kReadable and kWritable, which was
  /// `before`. At times it is told of more. What is so already is told at once; from then on, what becomes
  /// so. False, with errno, where the system does not watch it; then it is told of nothing more than before.
  [[nodiscard]] bool watch(int socket, std::uint32_t before, std::uint32_t wanted);
  /// For who has not read all that there may be: what is so is told once more. `wanted` as it is watched.
  void renew(int socket, std::uint32_t wanted);

  /// Tells the streams whose sockets are ready; no more than some at a call. Streams live until the end of
  /// the turn, so each that is told exists.
  void dispatch();

  /// The deadline of the stream that has `socket`; it has passed within a tick of TimerWheel's.
  void set_deadline(int socket, Millis when);
  void forget_deadline(int socket) { due_[static_cast<std::size_t>(socket)] = kNever; }
  /// Tells the streams whose deadline lies before `now`; each has none then.
  void expire(Millis now);
  /// A moment before which no deadline passes.
  std::optional<Millis> next_deadline() const;

  /// How many streams there are.
  std::size_t size() const { return size_; }
  /// Calls `call(Stream&)` for each stream; those that come meanwhile may be left out.
  template <typename Call>
  void for_each(Call&& call) {
    // The table may grow meanwhile.  NOLINTNEXTLINE(modernize-loop-convert)
    for (std::size_t index = 0; index < streams_.size(); ++index) {
      if (streams_[index] != nullptr) call(*streams_[index]);
    }
  }

 private:
  static constexpr std::uint32_t kNever = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t kEvents = 1024;  // told at a call

  int epoll_;
  std::size_t size_ = 0;
  // By descriptor. Two tables, since the second is searched.
  std::vector<Stream*> streams_;
  std::vector<std::uint32_t> due_;   // in ticks of TimerWheel's
  std::uint32_t earliest_ = kNever;  // no deadline lies before it
  std::unique_ptr<epoll_event[]> events_;
};

}  // namespace encke::net
