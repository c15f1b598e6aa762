// The gateways of a server.
#include "server/app/gateways.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace encke {

Gateways::Gateways(net::Workers& workers, std::function<void(std::string_view)> trouble)
    : workers_(workers), trouble_(std::move(trouble)) {}

Service Gateways::make(const std::string& path, TcpOptions options) {
  return make_by(&services::tcp_gateway, path, std::move(options));
}

Service Gateways::make(const std::string& path, XmppOptions options) {
  return make_by(&services::xmpp_gateway, path, std::move(options));
}

template <typename Options>
Service Gateways::make_by(Maker<Options> maker, const std::string& path, Options options) {
  try {
    services::TcpGateway made = maker(workers_, path, std::move(options), trouble_);
    const std::lock_guard lock(mutex_);
    all_.emplace_back(made.counts);
    return std::move(made.service);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error("cannot serve " + path + ": " + error.what());
  }
}

namespace {

/// One that took another's place is gathered beside it until that has gone, and both have the same names.
void merge(const BackendMetrics& newer, BackendMetrics& row) {
  row.up = newer.up;
  row.connections += newer.connections;
  row.connected += newer.connected;
  for (const auto& failure : newer.failures) {
    const auto same = std::find_if(row.failures.begin(), row.failures.end(),
                                   [&](const auto& each) { return each.first == failure.first; });
    if (same == row.failures.end()) {
      row.failures.push_back(failure);
    } else {
      same->second += failure.second;
    }
  }
}

}  // namespace

void Gateways::gather(std::vector<BackendMetrics>& rows) {
  const std::lock_guard lock(mutex_);
  std::erase_if(all_, [](const auto& gateway) { return gateway.expired(); });
  std::vector<BackendMetrics> all;
  for (const auto& gateway : all_) {
    if (const auto counts = gateway.lock()) counts->gather(all);
  }
  for (BackendMetrics& row : all) {
    const auto same = std::find_if(rows.begin(), rows.end(), [&](const BackendMetrics& each) {
      return each.service == row.service && each.backend == row.backend;
    });
    if (same == rows.end()) {
      rows.push_back(std::move(row));
    } else {
      merge(row, *same);
    }
  }
}

}  // namespace encke
