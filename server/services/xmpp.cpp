// A gateway to XMPP: its plan.
#include "server/services/xmpp.hpp"

#include "server/net/tls_client.hpp"
#include "server/services/announcement.hpp"
#include "server/services/backend_checks.hpp"
#include "server/services/xmpp_relay.hpp"

#include <stdexcept>
#include <utility>
#include <vector>

namespace encke::services {

namespace {

/// One that only checks asks for the first domain.
net::DialOptions check_options(const xmpp::Plan& plan) {
  net::DialOptions how = plan.dial_options({.to = plan.options.domains.front(), .version = "1.0"});
  if (const unsigned version = plan.options.proxy_protocol; version != 0)
    how.preamble = [version](const std::optional<Address>&) { return proxy_header(version, {}); };
  return how;
}

}  // namespace

TcpGateway xmpp_gateway(net::Workers& workers, const std::string& path, XmppOptions options,
                        std::function<void(std::string_view)> trouble) {
  check_backend_options(options.connect_time, options.proxy_protocol);
  if (options.domains.empty()) throw std::runtime_error("domains: expected at least one");
  auto plan = std::make_shared<xmpp::Plan>();
  plan->backends = std::make_shared<Backends>(path, backend_endpoints(options.connect), options.balance,
                                              options.retry_time, std::move(trouble));
  if (options.security != XmppSecurity::none) plan->tls = net::TlsClient::make(options.tls.authorities);
  plan->options = std::move(options);
  std::shared_ptr<const BackendChecks> checks;
  if (plan->options.check_time > Millis{0}) {
    checks = std::make_shared<const BackendChecks>(workers, plan->backends, plan->options.check_time,
                                                   check_options(*plan));
  }
  const std::shared_ptr<const GatewayCounts> counts = plan->backends;
  return {[&workers, plan = std::shared_ptr<const xmpp::Plan>(std::move(plan)), checks](Channel& channel) {
            xmpp::Relay::join(workers.loop(channel.opening().worker), plan, channel);
          },
          counts};
}

}  // namespace encke::services
