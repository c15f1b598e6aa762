// What a server measures of itself, at one moment: Server::collect() gathers it, to_prometheus() writes it
// down.
#pragma once

#include <encke/inbox.hpp>
#include <encke/live_feed_counts.hpp>
#include <encke/service_counts.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace encke {

/// Durations in seconds, counted by their length. Nothing in it is shared between threads.
class Histogram {
 public:
  /// The upper bounds of all buckets but the last, which takes the rest, in seconds.
  static constexpr std::array<double, 15> kBounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                  0.05,   0.1,     0.25,   0.5,   1,      2.5,   10};

  void add(double seconds) {
    std::size_t bucket = 0;
    while (bucket < kBounds.size() && seconds > kBounds[bucket]) ++bucket;
    ++counts_[bucket];
    sum_ += seconds;
  }
  void add(const Histogram& other) {
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) counts_[bucket] += other.counts_[bucket];
    sum_ += other.sum_;
  }
  /// How many lie in each bucket, and in none before it.
  const std::array<std::uint64_t, kBounds.size() + 1>& counts() const { return counts_; }
  std::uint64_t count() const {
    std::uint64_t all = 0;
    for (const std::uint64_t count : counts_) all += count;
    return all;
  }
  double sum() const { return sum_; }

 private:
  std::array<std::uint64_t, kBounds.size() + 1> counts_{};
  double sum_ = 0;
};

/// Where the time of an exchange goes (client.md, "timings"): of those that pages take as a sample.
struct Timings {
  Histogram server;   ///< from the arrival of a sample until the service has been given what came with it
  Histogram network;  ///< there and back, without the server's part; the page's word
  Histogram client;   ///< the page's own handlers; the page's word
};

/// The sessions of one service over one transport. Counts grow for as long as the server runs.
struct TransportMetrics {
  std::string service;              ///< its path, "/echo"
  std::string transport;            ///< "xhr_stream"; "none": sessions that have had no carrier yet
  std::uint64_t sessions = 0;       ///< open now, whose last carrier was of this transport
  std::uint64_t opened = 0;         ///< sessions that the service heard of over it
  std::uint64_t messages_up = 0;    ///< from browsers, each once
  std::uint64_t bytes_up = 0;       ///< of those, without any framing
  std::uint64_t messages_down = 0;  ///< that carriers took, repeated ones included
  std::uint64_t bytes_down = 0;
  std::uint64_t heartbeats_lost = 0;    ///< heartbeats that were not answered in time
  std::uint64_t carriers = 0;           ///< of the sessions, those that have a carrier now: a connection each
  std::uint64_t outbox_bytes = 0;       ///< of the messages held for their browsers now
  std::uint64_t outbox_bytes_most = 0;  ///< the most of them that are held for a single one
  std::uint64_t refused_origins = 0;    ///< requests, as in ServiceCounts, that were for it
  std::uint64_t refused_access = 0;     ///< likewise
  std::uint64_t refused_limits = 0;     ///< sessions not opened for a limit of the service or the server
  Timings timings{};
};

/// Sessions of the facade's that went from one transport to another.
struct TransportChanges {
  std::string service;
  std::string from;
  std::string to;
  std::uint64_t count = 0;
};

struct ServiceMetrics {
  std::string service;
  ServiceCounts counts{};
  std::uint64_t waiting = 0;           ///< sessions that have no carrier now
  std::optional<InboxCounts> inbox{};  ///< of a service that gives out capability URLs
};

/// A service that is a live feed.
struct LiveFeedMetrics {
  std::string service;
  LiveFeedCounts counts{};
};

/// One event loop.
struct WorkerMetrics {
  unsigned worker = 0;
  std::uint64_t connections = 0;  ///< open now
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;  ///< closed at once for want of descriptors
  Histogram turns{};          ///< how long the loop was busy before it looked for events again
};

/// One of the TCP servers that a gateway's sessions are connected to.
struct BackendMetrics {
  std::string service;            ///< its path
  std::string backend;            ///< "irc.example:6667"
  bool up = true;                 ///< the last that tried to connect to it could
  std::uint64_t connections = 0;  ///< of sessions, open now
  std::uint64_t connected = 0;    ///< of sessions, ever
  std::vector<std::pair<std::string, std::uint64_t>>
      failures{};  ///< by why no connection was made: "refused"
};

struct ProcessMetrics {
  std::uint64_t descriptors = 0;
  std::uint64_t most_descriptors = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  double cpu_seconds = 0;    ///< user and system
  double start_seconds = 0;  ///< since 1970
};

/// A count that has a name of its own: what another part of the server counts.
struct NamedCount {
  std::string name;  ///< as Prometheus has it, "encke_refused_total"
  std::string help;
  std::string label{};  ///< the label's name; empty: it has none
  std::string value{};  ///< the label's value
  std::uint64_t count = 0;
};

struct Metrics {
  std::string version;
  bool ready = false;
  std::vector<TransportMetrics> transports;  ///< by service and transport; those that were used
  std::vector<TransportChanges> changes;
  std::vector<ServiceMetrics> services;  ///< by path
  std::vector<LiveFeedMetrics> live_feeds;
  std::vector<WorkerMetrics> workers;
  std::vector<BackendMetrics> backends;
  std::vector<NamedCount> more;  ///< those of one name stand together
  ProcessMetrics process{};
};

/// In the text format of Prometheus, version 0.0.4 (docs/metrics.md has the names).
std::string to_prometheus(const Metrics& metrics);

}  // namespace encke
