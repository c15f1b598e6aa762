// A gateway to TCP servers: its plan.
#include "server/services/tcp.hpp"

#include "server/net/tls_client.hpp"
#include "server/services/announcement.hpp"
#include "server/services/backend_checks.hpp"
#include "server/services/backends.hpp"
#include "server/services/relay.hpp"
#include "server/services/targets.hpp"

#include <stdexcept>
#include <utility>
#include <vector>

namespace encke::services {

namespace {

std::vector<net::Endpoint> endpoints_of(const TcpOptions& options) {
  std::vector<net::Endpoint> endpoints = backend_endpoints(options.connect);
  for (const net::Endpoint& endpoint : endpoints) {
    if (options.tls && endpoint.is_local() && options.tls->name.empty())
      throw std::runtime_error("tls.name: expected whose certificate " + endpoint.text() + " has");
  }
  return endpoints;
}

void check(const TcpOptions& options) {
  check_backend_options(options.connect_time, options.proxy_protocol);
  if (!options.webirc) return;
  for (const auto& [name, word] :
       {std::pair{"password", options.webirc->password}, std::pair{"gateway", options.webirc->gateway}}) {
    if (!is_webirc_word(word)) {
      throw std::runtime_error(std::string("webirc.") + name + ": expected " + std::string(kWebircWordForm));
    }
  }
}

/// That of a connection which only checks.
net::DialOptions check_options(const GatewayPlan& plan) {
  const TcpOptions& options = plan.options;
  net::DialOptions how{.time = options.connect_time, .tls = plan.tls};
  if (options.tls) how.tls_name = options.tls->name;
  if (const unsigned version = options.proxy_protocol; version != 0)
    how.preamble = [version](const std::optional<Address>&) { return proxy_header(version, {}); };
  return how;
}

void check_targets(const TcpOptions& options) {
  if (options.targets.empty() == options.connect.empty())
    throw std::runtime_error("expected either servers in connect, or rules in targets");
  if (!options.targets.empty() && options.check_time > Millis{0})
    throw std::runtime_error("check_seconds: expected none with targets");
  for (std::size_t index = 0; index < options.targets.size(); ++index) {
    const std::string fault = target_rule_fault(options.targets[index]);
    if (!fault.empty()) throw std::runtime_error("targets[" + std::to_string(index) + "]." + fault);
  }
}

TcpGateway to_targets(net::Workers& workers, const std::string& path,
                      const std::shared_ptr<const GatewayPlan>& plan,
                      std::function<void(std::string_view)> trouble) {
  const auto targets = std::make_shared<Targets>(path, plan->options.targets, workers, std::move(trouble));
  return {[&workers, plan, targets](Channel& channel) {
            await_target(workers.loop(channel.opening().worker), plan, targets, channel);
          },
          targets};
}

TcpGateway to_backends(net::Workers& workers, const std::string& path,
                       const std::shared_ptr<const GatewayPlan>& plan,
                       std::function<void(std::string_view)> trouble) {
  const TcpOptions& options = plan->options;
  const auto backends = std::make_shared<Backends>(path, endpoints_of(options), options.balance,
                                                   options.retry_time, std::move(trouble));
  std::shared_ptr<const BackendChecks> checks;
  if (options.check_time > Millis{0}) {
    checks =
        std::make_shared<const BackendChecks>(workers, backends, options.check_time, check_options(*plan));
  }
  return {[&workers, plan, backends, checks](Channel& channel) {
            net::Loop& loop = workers.loop(channel.opening().worker);
            Relay::join(
                loop, plan,
                backends->route(plan->options.text, loop.context().timers.now(), plan->options.connect_time),
                Address::parse(channel.opening().remote_address), channel);
          },
          backends};
}

}  // namespace

TcpGateway tcp_gateway(net::Workers& workers, const std::string& path, TcpOptions options,
                       std::function<void(std::string_view)> trouble) {
  check(options);
  check_targets(options);
  auto plan = std::make_shared<GatewayPlan>();
  if (options.tls) plan->tls = net::TlsClient::make(options.tls->authorities);
  plan->options = std::move(options);
  return plan->options.targets.empty() ? to_backends(workers, path, plan, std::move(trouble))
                                       : to_targets(workers, path, plan, std::move(trouble));
}

}  // namespace encke::services
