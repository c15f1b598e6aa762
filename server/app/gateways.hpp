// The gateways of a server, for those who ask how their backends are.
#pragma once

#include "server/net/workers.hpp"
#include "server/services/tcp.hpp"
#include "server/services/xmpp.hpp"

#include <encke/metrics.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace encke {

/// Any thread.
class Gateways {
 public:
  /// `workers` outlives this, and the services. `trouble` as in services::tcp_gateway().
  Gateways(net::Workers& workers, std::function<void(std::string_view)> trouble);

  /// The service for `path`. Throws std::runtime_error where `options` cannot be used.
  Service make(const std::string& path, TcpOptions options);
  Service make(const std::string& path, XmppOptions options);
  /// Adds a row for each backend of those that still serve.
  void gather(std::vector<BackendMetrics>& rows);

 private:
  template <typename Options>
  using Maker = services::TcpGateway (*)(net::Workers&, const std::string&, Options,
                                         std::function<void(std::string_view)>);
  template <typename Options>
  Service make_by(Maker<Options> maker, const std::string& path, Options options);

  net::Workers& workers_;
  const std::function<void(std::string_view)> trouble_;
  std::mutex mutex_;
  std::vector<std::weak_ptr<const services::GatewayCounts>> all_;
};

}  // namespace encke
