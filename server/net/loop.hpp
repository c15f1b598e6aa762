// One event loop: one thread's sockets, timers, turn and mailbox, over libevent.
#pragma once

#include "server/core/loop_context.hpp"
#include "server/net/heavy.hpp"
#include "server/net/mailbox.hpp"
#include "server/net/shaking.hpp"
#include "server/net/sniffer.hpp"
#include "server/net/sockets.hpp"

#include <encke/metrics.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct event;
struct event_base;

namespace encke::net {

class Gate;
class Listener;
class ProxyReader;
class Resolver;
class Stream;
class TlsPort;
class TlsSession;
class Watch;
struct TlsBuffers;

/// What a connection takes along when it moves to another loop.
struct MovingConnection {
  MovingConnection();
  MovingConnection(const MovingConnection&) = delete;
  MovingConnection& operator=(const MovingConnection&) = delete;
  ~MovingConnection();

  int socket = -1;                  ///< owned; closed with this object unless a loop has adopted it
  std::string unread;               ///< read already, not yet looked at
  std::string unsent;               ///< written already, not yet taken by the socket; as it is on the wire
  std::unique_ptr<TlsSession> tls;  ///< null where the connection is plain
  std::uint8_t portion = Heavy::kUsualPortion;
  std::uint8_t mark = 0;
};

/// Owns its streams and listeners. All calls but post() and stop() happen on the thread that runs it.
class Loop {
 public:
  /// `worker` of `workers`; `sniffer` outlives the loop, and tells what connections speak whose listener has
  /// none of its own. Throws std::runtime_error when the system refuses.
  Loop(unsigned worker, unsigned workers, const Sniffer& sniffer);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// The other loops, by worker number, this one included; set before any of them runs.
  void set_peers(std::vector<Loop*> peers) { peers_ = std::move(peers); }
  const LoopContext& context() const { return context_; }

  /// Runs until stop() was called and the connections have ended, or the drain time is up.
  void run();
  /// Any thread. Runs `call` on this loop, soon.
  void post(Mailbox::Call call);
  /// Forgets what was posted; whether there was any. Once run() has returned, or before.
  bool drop_posted() { return mailbox_.drop(); }
  /// Any thread. Stops listening, calls what on_stop() set, and lets run() return once all is sent.
  void stop();
  /// Any thread. As stop(), and what is left has no time any more.
  void hurry();
  /// What closes the sessions when the loop is to stop; called on the loop.
  void on_stop(std::function<void()> handler) { stop_handler_ = std::move(handler); }
  /// Told of what an operator should know ("out of file descriptors"), at most once a second; called on the
  /// loop.
  void on_trouble(std::function<void(std::string_view)> handler) { trouble_handler_ = std::move(handler); }

  /// What accepted sockets pass; outlives the loop. Before it runs, and before set-up that asks for limits.
  void set_gate(Gate& gate);
  Gate* gate() const { return gate_; }
  /// How many connections of this loop may wait for their first request; there is a gate.
  std::size_t most_shaking() const;

  /// How long peers have to take what is left when the loop stops.
  void set_drain_time(Millis time) { drain_time_ = time; }

  /// Accepts on a bound, listening, non-blocking socket, which the loop owns from now on. Loops may share it,
  /// by descriptors of their own. `sniffer` outlives the loop; null: the loop's. With `tls`, which
  /// outlives the loop too, the connections speak TLS. With `proxied` each begins with a PROXY header.
  void listen(int socket, const Sniffer* sniffer = nullptr, const TlsPort* tls = nullptr,
              bool proxied = false);
  /// Takes in an accepted, non-blocking socket.
  void adopt(int socket) { adopt(socket, sniffer_); }
  void adopt(int socket, const Sniffer& sniffer, const TlsPort* tls = nullptr);
  /// Takes in a connection that lived on another loop.
  void adopt(MovingConnection& connection) { adopt(connection, sniffer_); }
  /// Takes in one that a Dial has made, for instance. `sniffer` outlives it unless it opens at once.
  void adopt(MovingConnection& connection, const Sniffer& sniffer);

  /// Whom to ask for names, "127.0.0.1:53"; none: those of /etc/resolv.conf. Before the first is asked for.
  void set_name_servers(std::vector<std::string> servers) { name_servers_ = std::move(servers); }
  /// Made when it is needed first; throws std::runtime_error where that fails. Lives as long as the loop.
  Resolver& resolver();

  /// Calls `handler` whenever `descriptor`, which the loop owns from now on, has become readable; it is read
  /// empty.
  void watch(int descriptor, std::function<void()> handler);

  std::size_t streams() const { return sockets_.size(); }

  /// What the loop counts of itself.
  struct Counts {
    std::uint64_t accepted = 0;  ///< connections, by its listeners
    std::uint64_t refused = 0;   ///< connections, for want of descriptors
    Histogram turns{};           ///< how long it was busy, each time that it had something to do
  };
  const Counts& counts() const { return counts_; }

  static constexpr std::size_t kReadBytes = 64 * 1024;

 private:
  friend class Datagrams;
  friend class Dial;
  friend class Door;
  friend class Stream;
  friend class Listener;
  friend class ProxyReader;
  friend class Resolver;

  /// Called first by whatever the loop was woken for: time has gone by while it slept.
  void wake();
  void begin_turn(std::chrono::steady_clock::time_point now);
  void end_turn();
  /// Lets one stream that rests be read, in a turn of its own, if it may.
  void serve_heavy(bool idle);
  /// Whether there is anything to sleep for.
  bool arm_timer();
  void drain();
  void trouble(std::string_view text);
  /// Gathers what one stream writes, so that it leaves in one send at the end of the turn.
  void gather(Stream& stream, std::string_view bytes);
  void send_gathered();
  /// A new connection waits for its first request; the one that has waited longest goes where too many do.
  void shake(const Shaking::Place& place);
  /// One of them waits no longer.
  void settle(int socket);
  /// A connection's socket is about to be closed.
  void forget(int socket);

  event_base* base_;
  TimerWheel timers_;
  Turn turn_;
  LoopContext context_;
  const Sniffer& sniffer_;
  Mailbox mailbox_;
  int wake_socket_ = -1;
  event* wake_event_ = nullptr;
  event* timer_event_ = nullptr;
  Sockets sockets_;
  event* sockets_event_ = nullptr;
  Millis armed_for_{-1};
  bool awake_ = true;
  std::chrono::steady_clock::time_point turn_began_{};
  std::chrono::steady_clock::time_point turn_ended_{};  // the one before
  Counts counts_;
  std::vector<Loop*> peers_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<std::unique_ptr<Watch>> watches_;
  std::function<void()> stop_handler_;
  std::function<void(std::string_view)> trouble_handler_;
  Millis drain_time_{5'000};
  Gate* gate_ = nullptr;
  Shaking shaking_;
  Heavy heavy_;
  bool in_own_turn_ = false;  // of one that rests
  bool weighing_ = false;     // what bytes cost that came
  Heavy::Time costly_{0};     // what those took in this turn that are about to rest
  bool stopping_ = false;
  Millis stop_at_{0};
  Stream* gathering_ = nullptr;
  std::string gathered_;
  std::unique_ptr<TlsBuffers> tls_buffers_;  // once there is a connection that needs them
  std::vector<std::string> name_servers_;
  std::unique_ptr<Resolver> resolver_;
  std::array<char, kReadBytes> read_buffer_;
};

/// Monotonic time.
Millis monotonic_now();

}  // namespace encke::net
