// A gateway: each session is connected to a TCP server.
#pragma once

#include "server/net/workers.hpp"
#include "server/services/route.hpp"

#include <encke/channel.hpp>
#include <encke/tcp_options.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace encke::services {

struct TcpGateway {
  Service service;  ///< for sessions with slow_reader block
  std::shared_ptr<const GatewayCounts> counts;
};

/// `path` is the service's, for the log. `trouble`, which may be null, is told of backends that do not
/// answer, and of targets that were refused, on any loop. `workers` outlives the service. Throws
/// std::runtime_error where `options` cannot be used.
TcpGateway tcp_gateway(net::Workers& workers, const std::string& path, TcpOptions options,
                       std::function<void(std::string_view)> trouble);

}  // namespace encke::services
