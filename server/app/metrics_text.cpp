// What a server measures, as Prometheus reads it. docs/metrics.md describes each name; a test compares.
#include <encke/metrics.hpp>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <string_view>
#include <utility>

namespace encke {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

class Families {
 public:
  /// What is added from now on belongs to this one; it is left out where that is nothing.
  Families& begin(MetricType type, std::string_view name, std::string_view help) {
    MetricFamily& family = all_.emplace_back();
    family.type = type;
    family.name = name;
    family.help = help;
    return *this;
  }
  Families& counter(std::string_view name, std::string_view help) {
    return begin(MetricType::Counter, name, help);
  }
  Families& gauge(std::string_view name, std::string_view help) {
    return begin(MetricType::Gauge, name, help);
  }
  Families& histogram(std::string_view name, std::string_view help) {
    return begin(MetricType::Histogram, name, help);
  }
  void add(Labels labels, double value) {
    ClientMetric& metric = all_.back().metric.emplace_back();
    metric.label = std::move(labels);
    if (all_.back().type == MetricType::Counter) {
      metric.counter.value = value;
    } else {
      metric.gauge.value = value;
    }
  }
  void add(Labels labels, std::uint64_t value) { add(std::move(labels), static_cast<double>(value)); }
  void add(Labels labels, const Histogram& value) {
    ClientMetric& metric = all_.back().metric.emplace_back();
    metric.label = std::move(labels);
    std::uint64_t below = 0;
    for (std::size_t bucket = 0; bucket < Histogram::kBounds.size(); ++bucket) {
      below += value.counts()[bucket];
      metric.histogram.bucket.push_back(
          {.cumulative_count = below, .upper_bound = Histogram::kBounds[bucket]});
    }
    metric.histogram.sample_count = value.count();
    metric.histogram.sample_sum = value.sum();
  }
  std::string text() {
    std::erase_if(all_, [](const MetricFamily& family) { return family.metric.empty(); });
    return prometheus::TextSerializer().Serialize(all_);
  }

 private:
  std::vector<MetricFamily> all_;
};

Labels labels_of(const TransportMetrics& row) {
  return {{"service", row.service}, {"transport", row.transport}};
}

template <typename Value>
void add_transports(Families& families, const Metrics& metrics, Value value) {
  for (const TransportMetrics& row : metrics.transports) families.add(labels_of(row), value(row));
}

template <typename Value>
void add_services(Families& families, const Metrics& metrics, Value value) {
  for (const ServiceMetrics& row : metrics.services) families.add({{"service", row.service}}, value(row));
}

template <typename Value>
void add_workers(Families& families, const Metrics& metrics, Value value) {
  for (const WorkerMetrics& row : metrics.workers) {
    families.add({{"worker", std::to_string(row.worker)}}, value(row));
  }
}

template <typename Which>
void add_timings(Families& families, const Metrics& metrics, Which which) {
  for (const TransportMetrics& row : metrics.transports) {
    const Histogram& histogram = which(row.timings);
    if (histogram.count() > 0) families.add(labels_of(row), histogram);
  }
}

void add_sessions(Families& families, const Metrics& metrics) {
  using Row = TransportMetrics;
  families.gauge("encke_sessions", "Sessions that are open, by the transport of their last carrier.");
  add_transports(families, metrics, [](const Row& row) { return row.sessions; });
  families.counter("encke_sessions_opened_total",
                   "Sessions opened, by the transport of their first carrier.");
  add_transports(families, metrics, [](const Row& row) { return row.opened; });
  families.gauge("encke_carriers", "Of the sessions, those that have a carrier now: a connection each.");
  add_transports(families, metrics, [](const Row& row) { return row.carriers; });
  families.gauge("encke_outbox_bytes", "Bytes of messages held for browsers.");
  add_transports(families, metrics, [](const Row& row) { return row.outbox_bytes; });
  families.gauge("encke_outbox_max_bytes", "The most bytes of messages held for a single browser.");
  add_transports(families, metrics, [](const Row& row) { return row.outbox_bytes_most; });
  families.counter("encke_messages_received_total", "Messages from browsers, each counted once.");
  add_transports(families, metrics, [](const Row& row) { return row.messages_up; });
  families.counter("encke_message_received_bytes_total",
                   "Bytes of the messages from browsers, without framing.");
  add_transports(families, metrics, [](const Row& row) { return row.bytes_up; });
  families.counter("encke_messages_sent_total",
                   "Messages given to carriers, those that were repeated included.");
  add_transports(families, metrics, [](const Row& row) { return row.messages_down; });
  families.counter("encke_message_sent_bytes_total",
                   "Bytes of the messages given to carriers, without framing.");
  add_transports(families, metrics, [](const Row& row) { return row.bytes_down; });
  families.counter("encke_heartbeats_lost_total", "Heartbeats that browsers did not answer in time.");
  add_transports(families, metrics, [](const Row& row) { return row.heartbeats_lost; });
  families.counter("encke_transport_changes_total",
                   "Sessions of the facade that went on over another transport.");
  for (const TransportChanges& row : metrics.changes) {
    families.add({{"service", row.service}, {"from", row.from}, {"to", row.to}}, row.count);
  }
}

void add_refusals(Families& families, const Metrics& metrics) {
  families.counter("encke_requests_refused_total",
                   "Requests for a service that were refused, by what for and the transport asked for.");
  for (const TransportMetrics& row : metrics.transports) {
    const auto add = [&](const char* reason, std::uint64_t count) {
      families.add({{"service", row.service}, {"transport", row.transport}, {"reason", reason}}, count);
    };
    add("origin", row.refused_origins);
    add("access", row.refused_access);
    add("limit", row.refused_limits);
  }
}

void add_timings(Families& families, const Metrics& metrics) {
  families.histogram("encke_exchange_server_seconds",
                     "From the arrival of a sample until the service had been given what came with it.");
  add_timings(families, metrics, [](const Timings& timings) -> const Histogram& { return timings.server; });
  families.histogram("encke_exchange_network_seconds",
                     "There and back between page and server, as pages measured it.");
  add_timings(families, metrics, [](const Timings& timings) -> const Histogram& { return timings.network; });
  families.histogram("encke_exchange_client_seconds",
                     "What the handlers of pages took for a message, as pages measured it.");
  add_timings(families, metrics, [](const Timings& timings) -> const Histogram& { return timings.client; });
}

void add_services(Families& families, const Metrics& metrics) {
  using Row = ServiceMetrics;
  families.gauge("encke_sessions_waiting", "Sessions that have no carrier now.");
  add_services(families, metrics, [](const Row& row) { return row.waiting; });
  families.counter("encke_carriers_resumed_total",
                   "Carriers that went on where another had broken off or was replaced.");
  add_services(families, metrics, [](const Row& row) { return row.counts.resumed; });
  families.counter("encke_sessions_expired_total", "Sessions to which no browser came back in time.");
  add_services(families, metrics, [](const Row& row) { return row.counts.expired; });
  families.counter("encke_messages_repeated_total", "Messages that came, or were given to a carrier, again.");
  for (const Row& row : metrics.services) {
    families.add({{"service", row.service}, {"direction", "up"}}, row.counts.repeated_up);
    families.add({{"service", row.service}, {"direction", "down"}}, row.counts.repeated_down);
  }
  families.counter("encke_slow_readers_closed_total", "Sessions closed since their reader fell behind.");
  add_services(families, metrics, [](const Row& row) { return row.counts.slow_closed; });
  families.counter("encke_messages_blocked_total", "Messages refused since the reader's outbox was full.");
  add_services(families, metrics, [](const Row& row) { return row.counts.slow_blocked; });
  families.counter("encke_messages_dropped_total", "Messages dropped since the reader's outbox was full.");
  add_services(families, metrics, [](const Row& row) { return row.counts.slow_dropped; });
  families.counter("encke_throttled_total", "Times that a browser was held back since it had sent too much.");
  add_services(families, metrics, [](const Row& row) { return row.counts.throttled; });
  families.counter("encke_reports_total", "Reports of pages that were taken.");
  add_services(families, metrics, [](const Row& row) { return row.counts.reports; });
}

void add_inboxes(Families& families, const Metrics& metrics) {
  const auto each = [&](auto&& add) {
    for (const ServiceMetrics& row : metrics.services) {
      if (row.inbox) add(row.service, *row.inbox);
    }
  };
  using Row = InboxCounts;
  families.gauge("encke_inbox_urls", "Capability URLs that are open.");
  each([&](const std::string& service, const Row& row) { families.add({{"service", service}}, row.live); });
  families.counter("encke_inbox_urls_given_total", "Capability URLs given to pages.");
  each([&](const std::string& service, const Row& row) { families.add({{"service", service}}, row.given); });
  families.counter("encke_inbox_urls_ended_total", "Capability URLs that are over, by why.");
  each([&](const std::string& service, const Row& row) {
    families.add({{"service", service}, {"reason", "expired"}}, row.expired);
    families.add({{"service", service}, {"reason", "revoked"}}, row.revoked);
    families.add({{"service", service}, {"reason", "session"}}, row.ended);
  });
  families.counter("encke_inbox_messages_total", "Messages delivered by capability URLs.");
  each([&](const std::string& service, const Row& row) {
    families.add({{"service", service}}, row.delivered);
  });
  families.counter("encke_inbox_refused_total", "Requests to capability URLs that were refused, by why.");
  each([&](const std::string& service, const Row& row) {
    const auto add = [&](const char* reason, std::uint64_t count) {
      families.add({{"service", service}, {"reason", reason}}, count);
    };
    add("unknown", row.refused_unknown);
    add("bad", row.refused_bad);
    add("size", row.refused_size);
    add("encoding", row.refused_encoding);
    add("quota", row.refused_quota);
    add("rate", row.refused_rate);
    add("room", row.refused_room);
  });
}

void add_workers(Families& families, const Metrics& metrics) {
  using Row = WorkerMetrics;
  families.gauge("encke_connections", "Connections that are open.");
  add_workers(families, metrics, [](const Row& row) { return row.connections; });
  families.counter("encke_connections_accepted_total", "Connections accepted.");
  add_workers(families, metrics, [](const Row& row) { return row.accepted; });
  families.counter("encke_connections_refused_total", "Connections closed at once for want of descriptors.");
  add_workers(families, metrics, [](const Row& row) { return row.refused; });
  families.histogram(
      "encke_loop_turn_seconds",
      "How long an event loop was busy before it looked for events again: what others waited.");
  for (const Row& row : metrics.workers) families.add({{"worker", std::to_string(row.worker)}}, row.turns);
}

void add_backends(Families& families, const Metrics& metrics) {
  const auto labels = [](const BackendMetrics& row) {
    return Labels{{"service", row.service}, {"backend", row.backend}};
  };
  families.gauge("encke_backend_up",
                 "1 where the last that tried to connect to the server could, or else 0.");
  for (const BackendMetrics& row : metrics.backends) families.add(labels(row), row.up ? 1.0 : 0.0);
  families.gauge("encke_backend_connections", "Connections of sessions to the server that are open.");
  for (const BackendMetrics& row : metrics.backends) families.add(labels(row), row.connections);
  families.counter("encke_backend_connections_total", "Connections of sessions to the server.");
  for (const BackendMetrics& row : metrics.backends) families.add(labels(row), row.connected);
  families.counter("encke_backend_failures_total", "Connections to the server that were not made, by why.");
  for (const BackendMetrics& row : metrics.backends) {
    for (const auto& [reason, count] : row.failures) {
      Labels all = labels(row);
      all.push_back({"reason", reason});
      families.add(std::move(all), count);
    }
  }
}

void add_live_feeds(Families& families, const Metrics& metrics) {
  const auto add = [&](std::string_view name, std::string_view help, std::uint64_t LiveFeedCounts::*count) {
    families.counter(name, help);
    for (const LiveFeedMetrics& row : metrics.live_feeds) {
      families.add({{"service", row.service}}, row.counts.*count);
    }
  };
  add("encke_feed_received_total", "Messages that a live feed took from its source.",
      &LiveFeedCounts::received);
  add("encke_feed_delivered_total", "Messages given to the readers of a live feed.",
      &LiveFeedCounts::delivered);
  add("encke_feed_last_values_total", "Messages due to readers since they joined.",
      &LiveFeedCounts::last_values);
  add("encke_feed_conflated_total", "Messages a reader was not given since a newer one of its key had come.",
      &LiveFeedCounts::conflated);
  add("encke_feed_readers_closed_total", "Readers closed since there was no room for a message.",
      &LiveFeedCounts::closed_slow);
  add("encke_feed_keys_forgotten_total", "Keys that made room for others.", &LiveFeedCounts::keys_forgotten);
  add("encke_feed_connections_total", "Connections to the server whose lines are a live feed's source.",
      &LiveFeedCounts::connections);
  add("encke_feed_connection_failures_total", "Connections to that server that were not made.",
      &LiveFeedCounts::connection_failures);
  families.counter("encke_feed_dropped_total", "Messages that a live feed dropped, by what for.");
  for (const LiveFeedMetrics& row : metrics.live_feeds) {
    const auto drop = [&](const char* reason, std::uint64_t count) {
      families.add({{"service", row.service}, {"reason", reason}}, count);
    };
    drop("system", row.counts.dropped_system);
    drop("sender", row.counts.dropped_sender);
    drop("large", row.counts.dropped_large);
    drop("invalid", row.counts.dropped_invalid);
    drop("behind", row.counts.dropped_behind);
    drop("slow", row.counts.dropped_slow);
  }
}

void add_more(Families& families, const Metrics& metrics) {
  std::string_view name;
  for (const NamedCount& row : metrics.more) {
    if (name != row.name) families.counter(row.name, row.help);
    name = row.name;
    families.add(row.label.empty() ? Labels{} : Labels{{row.label, row.value}}, row.count);
  }
}

void add_process(Families& families, const Metrics& metrics) {
  const ProcessMetrics& process = metrics.process;
  families.gauge("encke_build_info", "Always 1; the label tells the version.")
      .add({{"version", metrics.version}}, 1.0);
  families.gauge("encke_ready", "1 while the server takes new sessions, or else 0.")
      .add({}, metrics.ready ? 1.0 : 0.0);
  families.gauge("process_open_fds", "Descriptors that are open.").add({}, process.descriptors);
  families.gauge("process_max_fds", "Descriptors that may be open.").add({}, process.most_descriptors);
  families.gauge("process_resident_memory_bytes", "Memory that is resident.").add({}, process.resident_bytes);
  families.gauge("process_virtual_memory_bytes", "Address space in use.").add({}, process.virtual_bytes);
  families.counter("process_cpu_seconds_total", "CPU time used, of the user and the system.")
      .add({}, process.cpu_seconds);
  families.gauge("process_start_time_seconds", "When the process began, since 1970.")
      .add({}, process.start_seconds);
}

}  // namespace

std::string to_prometheus(const Metrics& metrics) {
  Families families;
  add_process(families, metrics);
  add_workers(families, metrics);
  add_sessions(families, metrics);
  add_refusals(families, metrics);
  add_services(families, metrics);
  add_inboxes(families, metrics);
  add_live_feeds(families, metrics);
  add_timings(families, metrics);
  add_backends(families, metrics);
  add_more(families, metrics);
  return families.text();
}

}  // namespace encke
