// Gathers from all loops what they count.
#include "server/app/collector.hpp"

#include "server/core/transport.hpp"
#include "server/crypto/digest.hpp"
#include "server/crypto/hex.hpp"
#include "server/crypto/random.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>

namespace encke {

namespace {

constexpr std::size_t kMostNewest = 100;  // sessions of a service on a loop that are shown
constexpr std::size_t kMostSlowest = 20;  // and of those with the largest outboxes
constexpr std::size_t kKeyBytes = 12;

struct CountName {
  const char* name;
  const char* help;
  const char* label;
};
constexpr CountName kFlashPolicy{"encke_flash_policy_requests_total",
                                 "Flash Player's requests for its policy.", "result"};
constexpr CountName kRefused{"encke_refused_total",
                             "What was refused since a limit was reached, by what for.", "reason"};

void add_row(Metrics& metrics, const CountName& of, const char* value, std::uint64_t count) {
  metrics.more.push_back({of.name, of.help, of.label, value, count});
}

/// Each is one of a sum: a feed that takes the place of another beside that.
constexpr std::array kLiveFeedCounts{
    &LiveFeedCounts::received,      &LiveFeedCounts::dropped_system,     &LiveFeedCounts::dropped_sender,
    &LiveFeedCounts::dropped_large, &LiveFeedCounts::dropped_invalid,    &LiveFeedCounts::dropped_behind,
    &LiveFeedCounts::last_values,   &LiveFeedCounts::delivered,          &LiveFeedCounts::conflated,
    &LiveFeedCounts::dropped_slow,  &LiveFeedCounts::closed_slow,        &LiveFeedCounts::keys_forgotten,
    &LiveFeedCounts::connections,   &LiveFeedCounts::connection_failures};

template <typename Row, typename Is>
Row& row_in(std::vector<Row>& rows, Is is) {
  const auto found = std::find_if(rows.begin(), rows.end(), is);
  return found == rows.end() ? rows.emplace_back() : *found;
}

TransportMetrics& transport_in(Metrics& metrics, const std::string& service, const std::string& transport) {
  TransportMetrics& row = row_in(metrics.transports, [&](const TransportMetrics& other) {
    return other.service == service && other.transport == transport;
  });
  row.service = service;
  row.transport = transport;
  return row;
}

/// What is seen of the sessions of one transport.
struct Held {
  std::uint64_t carriers = 0;
  std::uint64_t bytes = 0;
  std::uint64_t most = 0;
};
using HeldByTransport = std::array<Held, TrafficTable::kLargest + 1>;

std::uint64_t denied(const Traffic& traffic, Denial why) {
  return traffic.denied[static_cast<std::size_t>(why)];
}

void gather_traffic(const Sessions& sessions, const HeldByTransport& held, Metrics& metrics) {
  const std::string& service = sessions.path();
  const std::span<const Traffic> rows = sessions.traffic().rows();
  for (std::size_t number = 0; number < rows.size(); ++number) {
    const Traffic& traffic = rows[number];
    TransportMetrics& row = transport_in(metrics, service, traffic.transport);
    row.carriers += held[number].carriers;
    row.outbox_bytes += held[number].bytes;
    row.outbox_bytes_most = std::max(row.outbox_bytes_most, held[number].most);
    row.refused_origins += denied(traffic, Denial::origin);
    row.refused_access += denied(traffic, Denial::access);
    row.refused_limits += denied(traffic, Denial::limit);
    row.sessions += traffic.sessions;
    row.opened += traffic.opened;
    row.messages_up += traffic.messages_up;
    row.bytes_up += traffic.bytes_up;
    row.messages_down += traffic.messages_down;
    row.bytes_down += traffic.bytes_down;
    row.heartbeats_lost += traffic.heartbeats_lost;
    if (!traffic.samples) continue;
    row.timings.server.add(traffic.samples->timings.server);
    row.timings.network.add(traffic.samples->timings.network);
    row.timings.client.add(traffic.samples->timings.client);
  }
  for (const auto& [numbers, count] : sessions.traffic().changes()) {
    const std::string& from = rows[numbers.first].transport;
    const std::string& to = rows[numbers.second].transport;
    TransportChanges& row = row_in(metrics.changes, [&](const TransportChanges& other) {
      return other.service == service && other.from == from && other.to == to;
    });
    row.service = service;
    row.from = from;
    row.to = to;
    row.count += count;
  }
}

SessionLine line_of(const Session& session, const Sessions& of) {
  return {.worker = of.loop().worker,
          .key = session_key(session),
          .service = of.path(),
          .transport = of.traffic().rows()[session.transport()].transport,
          .address = session.carrier() == nullptr ? std::string{} : session.carrier()->peer_address(),
          .facade = of.resumable(),
          .outbox_bytes = session.outbox().bytes()};
}

}  // namespace

std::string session_key(const Session& session) {
  static const std::string kSalt = crypto::random_id(32);
  // An address is given again to another session, but not to one of the same peer and name.
  const auto at = reinterpret_cast<std::uintptr_t>(&session);
  std::string text = kSalt + std::to_string(at) + " " + std::string(session.id());
  if (session.id().empty() && session.carrier() != nullptr) text += session.carrier()->peer_address();
  const crypto::Sha256 digest = crypto::sha256(text);
  return crypto::hex(std::span(digest).first(kKeyBytes));
}

void add_counts(const FlashPolicyCounts& counts, Metrics& metrics) {
  add_row(metrics, kFlashPolicy, "answered", counts.answered);
  add_row(metrics, kFlashPolicy, "refused", counts.refused);
  add_row(metrics, kFlashPolicy, "wrong", counts.wrong);
  add_row(metrics, kFlashPolicy, "late", counts.late);
}

void add_counts(const RefusalCounts& counts, Metrics& metrics) {
  add_row(metrics, kRefused, "connections", counts.connections);
  add_row(metrics, kRefused, "connections_per_address", counts.connections_per_address);
  add_row(metrics, kRefused, "handshakes", counts.handshakes);
  add_row(metrics, kRefused, "handshakes_per_address", counts.handshakes_per_address);
  add_row(metrics, kRefused, "sessions", counts.sessions);
  add_row(metrics, kRefused, "sessions_per_address", counts.sessions_per_address);
  add_row(metrics, kRefused, "proxy_headers", counts.proxy_headers);
  add_row(metrics, kRefused, "heads", counts.heads);
  add_row(metrics, kRefused, "bodies", counts.bodies);
  add_row(metrics, kRefused, "messages", counts.messages);
  add_row(metrics, kRefused, "fragments", counts.fragments);
  add_row(metrics, kRefused, "late", counts.late);
}

void gather_loop(const net::Loop& loop, Metrics& metrics) {
  metrics.workers.push_back({.worker = loop.context().worker,
                             .connections = loop.streams(),
                             .accepted = loop.counts().accepted,
                             .refused = loop.counts().refused,
                             .turns = loop.counts().turns});
}

void gather_sessions(const Sessions& sessions, Collected& into) {
  const std::string& service = sessions.path();
  ServiceMetrics& row =
      row_in(into.metrics.services, [&](const ServiceMetrics& other) { return other.service == service; });
  row.service = service;
  row.waiting += sessions.waiting();
  row.counts = sessions.counts().now();  // of all loops
  HeldByTransport held{};
  std::size_t newest = 0;
  std::vector<std::pair<std::size_t, const Session*>> slowest;
  sessions.each([&](const Session& session) {
    const std::size_t bytes = session.outbox().bytes();
    Held& its = held[session.transport()];
    its.bytes += bytes;
    its.most = std::max<std::uint64_t>(its.most, bytes);
    if (session.carrier() != nullptr) ++its.carriers;
    if (!into.with_sessions) return true;
    if (newest < kMostNewest) {
      ++newest;
      into.sessions.push_back(line_of(session, sessions));
    } else if (bytes > 0) {
      slowest.emplace_back(bytes, &session);
      std::push_heap(slowest.begin(), slowest.end(), std::greater<>());
      if (slowest.size() > kMostSlowest) {
        std::pop_heap(slowest.begin(), slowest.end(), std::greater<>());
        slowest.pop_back();
      }
    }
    return true;
  });
  gather_traffic(sessions, held, into.metrics);
  for (const auto& [bytes, session] : slowest) into.sessions.push_back(line_of(*session, sessions));
}

void gather_inbox(const std::string& service, const InboxCounts& counts, Metrics& metrics) {
  row_in(metrics.services, [&](const ServiceMetrics& row) { return row.service == service; }).inbox = counts;
}

void gather_live(const std::string& service, const LiveFeedCounts& counts, Metrics& metrics) {
  LiveFeedMetrics& row =
      row_in(metrics.live_feeds, [&](const LiveFeedMetrics& other) { return other.service == service; });
  row.service = service;
  for (const auto member : kLiveFeedCounts) row.counts.*member += counts.*member;
}

void Collector::collect(bool with_sessions, Done done) {
  workers_.post(0, [this, with_sessions, done = std::move(done)] {
    if (!next_) next_ = std::make_shared<Job>();
    next_->collected.with_sessions = next_->collected.with_sessions || with_sessions;
    next_->done.push_back(done);
    start();
  });
}

void Collector::start() {
  if (running_ || !next_) return;
  running_ = true;
  go_on(std::exchange(next_, nullptr), 0);
}

void Collector::go_on(const std::shared_ptr<Job>& job, unsigned worker) {
  gather_(worker, job->collected);
  if (worker + 1 == workers_.count()) {
    workers_.post(0, [this, job] { finish(job); });
  } else {
    workers_.post(worker + 1, [this, job, worker] { go_on(job, worker + 1); });
  }
}

void Collector::finish(const std::shared_ptr<Job>& job) {
  Metrics& metrics = job->collected.metrics;
  const auto by_name = [](const auto& left, const auto& right) {
    return std::tie(left.service, left.transport) < std::tie(right.service, right.transport);
  };
  std::sort(metrics.transports.begin(), metrics.transports.end(), by_name);
  running_ = false;
  for (const Done& done : job->done) done(job->collected);
  start();
}

}  // namespace encke
