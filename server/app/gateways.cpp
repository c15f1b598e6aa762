// The gateways of a server.
#include "server/app/gateways.hpp"

#include <stdexcept>
#include <utility>

namespace encke {

Gateways::Gateways(net::Workers& workers, std::function<void(std::string_view)> trouble)
    : workers_(workers), trouble_(std::move(trouble)) {}

Service Gateways::make(const std::string& path, TcpOptions options) {
  try {
    services::TcpGateway made = services::tcp_gateway(workers_, path, std::move(options), trouble_);
    const std::lock_guard lock(mutex_);
    all_.emplace_back(made.backends);
    return std::move(made.service);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error("cannot serve " + path + ": " + error.what());
  }
}

void Gateways::gather(std::vector<BackendMetrics>& rows) {
  const std::lock_guard lock(mutex_);
  std::erase_if(all_, [](const auto& gateway) { return gateway.expired(); });
  for (const auto& gateway : all_) {
    if (const auto backends = gateway.lock()) backends->gather(rows);
  }
}

}  // namespace encke
