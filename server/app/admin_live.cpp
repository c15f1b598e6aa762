// What the page for operators shows.
#include "server/app/admin_live.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace encke {

namespace {

using Json = nlohmann::json;

constexpr Millis kInterval{1'000};

Json json_of(const Histogram& histogram) {
  return {{"counts", histogram.counts()}, {"sum", histogram.sum()}};
}

Json json_of(const TransportMetrics& row) {
  return {{"service", row.service},
          {"transport", row.transport},
          {"sessions", row.sessions},
          {"opened", row.opened},
          {"messages_up", row.messages_up},
          {"bytes_up", row.bytes_up},
          {"messages_down", row.messages_down},
          {"bytes_down", row.bytes_down},
          {"heartbeats_lost", row.heartbeats_lost},
          {"server", json_of(row.timings.server)},
          {"network", json_of(row.timings.network)},
          {"client", json_of(row.timings.client)}};
}

Json json_of(const ServiceMetrics& row) {
  return {{"service", row.service},
          {"waiting", row.waiting},
          {"resumed", row.counts.resumed},
          {"expired", row.counts.expired},
          {"refused", row.counts.refused},
          {"refused_origins", row.counts.refused_origins},
          {"refused_access", row.counts.refused_access},
          {"throttled", row.counts.throttled},
          {"slow_closed", row.counts.slow_closed},
          {"slow_blocked", row.counts.slow_blocked},
          {"slow_dropped", row.counts.slow_dropped}};
}

Json json_of(const WorkerMetrics& row) {
  return {{"worker", row.worker},
          {"connections", row.connections},
          {"accepted", row.accepted},
          {"refused", row.refused},
          {"turns", json_of(row.turns)}};
}

Json json_of(const TransportChanges& row) {
  return {{"service", row.service}, {"from", row.from}, {"to", row.to}, {"count", row.count}};
}

Json json_of(const NamedCount& row) {
  return {{"name", row.name}, {"help", row.help}, {"value", row.value}, {"count", row.count}};
}

Json json_of(const SessionLine& row) {
  return {{"worker", row.worker},       {"key", row.key},         {"service", row.service},
          {"transport", row.transport}, {"address", row.address}, {"facade", row.facade},
          {"outbox", row.outbox_bytes}};
}

template <typename Row>
Json list_of(const std::vector<Row>& rows) {
  Json list = Json::array();
  for (const Row& row : rows) list.push_back(json_of(row));
  return list;
}

}  // namespace

std::string live_text(const Collected& collected) {
  const Metrics& metrics = collected.metrics;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const Json json{{"time", std::chrono::duration_cast<Millis>(now).count()},
                  {"version", metrics.version},
                  {"ready", metrics.ready},
                  {"bounds", Histogram::kBounds},
                  {"process",
                   {{"descriptors", metrics.process.descriptors},
                    {"most_descriptors", metrics.process.most_descriptors},
                    {"resident", metrics.process.resident_bytes},
                    {"cpu", metrics.process.cpu_seconds},
                    {"start", metrics.process.start_seconds}}},
                  {"workers", list_of(metrics.workers)},
                  {"services", list_of(metrics.services)},
                  {"transports", list_of(metrics.transports)},
                  {"changes", list_of(metrics.changes)},
                  {"more", list_of(metrics.more)},
                  {"sessions", list_of(collected.sessions)}};
  // Names in it may be a page's word, so ill-formed UTF-8 is no reason to say nothing.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Service AdminLive::service() {
  return [this](Channel& channel) {
    channels_.push_back(&channel);
    channel.on_close([this, &channel](const CloseReason&) {
      channels_.erase(std::remove(channels_.begin(), channels_.end(), &channel), channels_.end());
      if (channels_.empty()) clear();
    });
    gather();  // at once, so that the page is not empty for a second
    if (!is_set()) loop_.timers.set(*this, kInterval);
  };
}

void AdminLive::on_timer() {
  gather();
  loop_.timers.set(*this, kInterval);
}

void AdminLive::gather() {
  collector_.collect(true, [this, alive = alive_](const Collected& collected) {
    if (!*alive || channels_.empty()) return;
    const Message message = Message::text(live_text(collected));
    const std::vector<Channel*> channels = channels_;
    for (Channel* channel : channels) channel->send(message);
  });
}

}  // namespace encke
