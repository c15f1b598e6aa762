// A gateway to TCP servers: its plan, and the checks of the servers that it connects to.
#include "server/services/tcp.hpp"

#include "server/net/tls_client.hpp"
#include "server/services/announcement.hpp"
#include "server/services/backends.hpp"
#include "server/services/relay.hpp"
#include "server/services/targets.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

namespace encke::services {

namespace {

std::vector<net::Endpoint> endpoints_of(const TcpOptions& options) {
  std::vector<net::Endpoint> endpoints;
  for (const std::string& text : options.connect) {
    const std::optional<net::Endpoint> endpoint = net::Endpoint::parse(text);
    if (!endpoint)
      throw std::runtime_error("connect: found \"" + text + "\", expected " +
                               std::string(net::kEndpointForm));
    if (std::find(endpoints.begin(), endpoints.end(), *endpoint) != endpoints.end())
      throw std::runtime_error("connect: " + endpoint->text() + " is there twice, expected each once");
    if (options.tls && endpoint->is_local() && options.tls->name.empty())
      throw std::runtime_error("tls.name: expected whose certificate " + text + " has");
    endpoints.push_back(*endpoint);
  }
  return endpoints;
}

void check(const TcpOptions& options) {
  if (options.proxy_protocol > 2) {
    throw std::runtime_error("proxy_protocol: found " + std::to_string(options.proxy_protocol) +
                             ", expected 1, 2 or 0 for none");
  }
  if (options.connect_time <= Millis{0}) {
    throw std::runtime_error("connect_time: found " + std::to_string(options.connect_time.count()) +
                             " ms, expected some time");
  }
  if (!options.webirc) return;
  for (const auto& [name, word] :
       {std::pair{"password", options.webirc->password}, std::pair{"gateway", options.webirc->gateway}}) {
    if (!is_webirc_word(word)) {
      throw std::runtime_error(std::string("webirc.") + name + ": expected " + std::string(kWebircWordForm));
    }
  }
}

/// Connects to each backend from time to time, on the first loop, and ends the connection at once.
class Checker final : public TimerWheel::Timer {
 public:
  Checker(net::Loop& loop, std::shared_ptr<const GatewayPlan> plan, std::shared_ptr<Backends> backends)
      : loop_(loop), plan_(std::move(plan)), backends_(std::move(backends)), dials_(backends_->size()) {}
  ~Checker() override { stop(); }

  void begin() {
    if (!stopped_) on_timer();
  }
  void stop() {
    stopped_ = true;
    clear();
    for (std::unique_ptr<net::Dial>& dial : dials_) {
      if (!dial) continue;
      dial->hang_up();
      loop_.context().turn.bury(std::move(dial));
    }
  }

 private:
  void on_timer() override {
    for (std::size_t index = 0; index < dials_.size(); ++index) {
      if (!dials_[index]) check(index);
    }
    loop_.context().timers.set(*this, plan_->options.check_time);
  }

  void check(std::size_t index) {
    const TcpOptions& options = plan_->options;
    net::DialOptions how{.time = options.connect_time, .tls = plan_->tls};
    if (options.tls) how.tls_name = options.tls->name;
    if (options.proxy_protocol != 0) {
      how.preamble = [this](const std::optional<Address>&) {
        return proxy_header(plan_->options.proxy_protocol, {});
      };
    }
    dials_[index] = std::make_unique<net::Dial>(loop_, loop_.resolver(), backends_->endpoint(index),
                                                std::move(how), [this, index](const net::Dialed& dialed) {
                                                  loop_.context().turn.bury(std::move(dials_[index]));
                                                  if (dialed.connection != nullptr) {
                                                    backends_->connected(index, false);
                                                  } else {
                                                    backends_->failed(index, dialed.fault, dialed.text,
                                                                      loop_.context().timers.now());
                                                  }
                                                });
  }

  net::Loop& loop_;
  const std::shared_ptr<const GatewayPlan> plan_;
  const std::shared_ptr<Backends> backends_;
  std::vector<std::unique_ptr<net::Dial>> dials_;  // those under way
  bool stopped_ = false;
};

/// Goes with the service.
class Checks {
 public:
  Checks(net::Workers& workers, std::shared_ptr<const GatewayPlan> plan, std::shared_ptr<Backends> backends)
      : workers_(workers),
        checker_(std::make_shared<Checker>(workers.loop(0), std::move(plan), std::move(backends))) {
    workers_.post(0, [checker = checker_] { checker->begin(); });
  }
  ~Checks() {
    workers_.post(0, [checker = std::move(checker_)] { checker->stop(); });
  }
  Checks(const Checks&) = delete;
  Checks& operator=(const Checks&) = delete;

 private:
  net::Workers& workers_;
  std::shared_ptr<Checker> checker_;  // of the first loop
};

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
  std::shared_ptr<const Checks> checks;
  if (options.check_time > Millis{0}) checks = std::make_shared<const Checks>(workers, plan, backends);
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
