// Gathers from all loops what they count: each adds its own, one after the other, on its own thread.
#pragma once

#include "server/core/sessions.hpp"
#include "server/net/workers.hpp"

#include <encke/flash_policy.hpp>
#include <encke/metrics.hpp>
#include <encke/refusal_counts.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace encke {

/// One session, for those who look at single ones.
struct SessionLine {
  unsigned worker = 0;
  std::string key;  ///< names it as long as it lives: see session_key()
  std::string service;
  std::string transport;
  std::string address;  ///< empty while it has no carrier
  bool facade = false;
  std::uint64_t outbox_bytes = 0;
};

/// What was gathered.
struct Collected {
  Metrics metrics{};
  bool with_sessions = false;
  std::vector<SessionLine> sessions{};  ///< the newest of each service and loop, and the slowest
};

/// Made before the loops run, and outlives them. A loop is held up for as long as it takes to look at each of
/// its sessions once.
class Collector {
 public:
  using Done = std::function<void(const Collected&)>;
  /// Adds what one loop knows; called on that loop.
  using Gather = std::function<void(unsigned worker, Collected& into)>;

  Collector(net::Workers& workers, Gather gather) : workers_(workers), gather_(std::move(gather)) {}
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  /// Any thread. Calls `done` on the first loop, soon; never, where a loop has stopped before. Who asks while
  /// it is gathered for others is told of a later moment than that.
  void collect(bool with_sessions, Done done);

 private:
  struct Job {
    Collected collected;
    std::vector<Done> done;
  };
  void start();
  void go_on(const std::shared_ptr<Job>& job, unsigned worker);
  void finish(const std::shared_ptr<Job>& job);

  net::Workers& workers_;
  const Gather gather_;
  std::shared_ptr<Job> next_;  // of the first loop, as what follows
  bool running_ = false;
};

/// Adds what the server counts for all loops together.
void add_counts(const FlashPolicyCounts& counts, Metrics& metrics);
void add_counts(const RefusalCounts& counts, Metrics& metrics);
/// Adds what a loop counts of itself; on that loop.
void gather_loop(const net::Loop& loop, Metrics& metrics);
/// Adds the sessions of one service on one loop.
void gather_sessions(const Sessions& sessions, Collected& into);
/// Adds what a service of that path counts of its capability URLs, on all loops.
void gather_inbox(const std::string& service, const InboxCounts& counts, Metrics& metrics);
/// Adds what a live feed counts, of all its loops.
void gather_live(const std::string& service, const LiveFeedCounts& counts, Metrics& metrics);

/// Names a session to nobody but who has been told of it, as long as it lives.
std::string session_key(const Session& session);

}  // namespace encke
