// The server: one site a loop, made of the same services and folders.
#include <encke/server.hpp>

#include "server/app/admin_server.hpp"
#include "server/app/catalogue.hpp"
#include "server/app/collector.hpp"
#include "server/app/gateways.hpp"
#include "server/app/limit_faults.hpp"
#include "server/app/option_faults.hpp"
#include "server/app/policy_server.hpp"
#include "server/app/process_metrics.hpp"
#include "server/app/site.hpp"
#include "server/app/tls_ports.hpp"
#include "server/core/renewed.hpp"
#include "server/net/gate.hpp"
#include "server/net/workers.hpp"
#include "server/services/broadcast.hpp"
#include "server/services/inbox.hpp"
#include "server/services/live_feed.hpp"
#include "server/services/tcp_source.hpp"
#include "server/services/udp_source.hpp"
#include "transports/registry.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <functional>
#include <span>
#include <stdexcept>
#include <thread>
#include <utility>

namespace encke {

namespace {

/// With the number of loops in place of 0.
ServerOptions with_loops(ServerOptions options) {
  if (options.workers == 0) options.workers = std::max(1u, std::thread::hardware_concurrency());
  return options;
}

void check(const std::string& fault) {
  if (!fault.empty()) throw std::runtime_error(fault);
}

}  // namespace

class Server::Implementation {
 public:
  explicit Implementation(ServerOptions options)
      : options_(with_loops(std::move(options))),
        transports_(make_transports()),
        guard_(options_.limits, options_.on_trouble),
        gate_(guard_, Networks(options_.trusted_proxies)),
        policy_(options_.flash_policy, options_.workers, options_.on_trouble),
        workers_(options_.workers, sniffer_),
        gateways_(workers_, options_.on_trouble),
        sites_(workers_.count()),
        collector_(workers_, [this](unsigned worker, Collected& into) { gather(worker, into); }),
        admin_(options_.admin,
               {.workers = workers_,
                .collector = collector_,
                .transports = transports_,
                .ready = [this] { return ready(); },
                .close = [this](const CloseOrder& order) { return sites_[order.worker]->close(order); },
                .trouble = options_.on_trouble}),
        catalogue_(
            guard_, [this](const Catalogue::Change& change) { on_each_site(change); }, options_.on_trouble),
        drain_(options_.drain) {
    workers_.set_name_servers(options_.name_servers);
    check(fault_of(options_.limits));
    check(fault_of("trusted_proxies", options_.trusted_proxies));
    for (const auto& transport : transports_) {
      if (transport->info().greeting.empty()) continue;
      const auto serve = [this, &raw = *transport](ByteStream& stream) {
        return raw.serve_stream(stream, *sites_[stream.loop().worker]);
      };
      sniffer_.claim(std::string(transport->info().greeting), serve);
    }
    policy_.claim_in_line(sniffer_);
    sniffer_.otherwise([this](ByteStream& stream) { return sites_[stream.loop().worker]->open(stream); });
    for (unsigned worker = 0; worker < workers_.count(); ++worker) {
      net::Loop& loop = workers_.loop(worker);
      loop.on_stop([this, worker] {
        serving_ = false;
        sites_[worker]->close_all();
        if (worker == 0) admin_.close_all();
      });
      loop.set_gate(gate_);
      if (options_.on_trouble) loop.on_trouble(options_.on_trouble);
    }
    if (options_.stop_on_signals) {
      if (options_.on_reload) workers_.on_signal(SIGHUP, options_.on_reload);
      workers_.on_signal(SIGINT, [this] { workers_.stop(); });
      workers_.on_signal(SIGTERM, [this] { draining() ? workers_.hurry() : drain(drain_.now()); });
    }
  }

  std::vector<std::string> listen() {
    if (!listening_) {
      std::vector<std::uint16_t> ports;
      for (const Listen& listen : options_.listen) {
        const net::TlsPort* const tls = tls_.add(listen);
        for (const net::Workers::Address& bound :
             workers_.listen(listen.address, nullptr, tls, listen.proxy_protocol)) {
          bound_.push_back(bound.text);
          urls_.push_back((tls == nullptr ? "http://" : "https://") + bound.text + "/");
          if (tls == nullptr) ports.push_back(bound.port);
        }
      }
      policy_.listen(workers_, std::move(ports));
      admin_.listen(tls_);
      listening_ = true;
    }
    return bound_;
  }

  void run() {
    listen();
    tls_.warn(options_.on_trouble);
    catalogue_.open([this](const Contents& contents) {
      for (unsigned worker = 0; worker < workers_.count(); ++worker) {
        sites_[worker] = std::make_unique<Site>(workers_.loop(worker).context(), contents, transports_,
                                                options_, gate_.proxies(), [this] { return ready(); });
      }
    });
    admin_.open_site();
    serving_ = true;
    workers_.run([this](unsigned worker) {
      if (worker == 0) admin_.close_site();
      sites_[worker].reset();
    });
  }

  bool ready() const { return serving_ && ready_ && !draining_; }
  void set_ready(bool ready) { ready_ = ready; }
  Collector& collector() { return collector_; }
  AdminServer& admin() { return admin_; }
  /// The loops stop together when the clients of all have gone: connections may move from one to another.
  void drain(const DrainOptions& options) {
    if (draining_.exchange(true)) return;
    if (options_.on_drain) workers_.post(0, options_.on_drain);
    const auto left = std::make_shared<std::atomic<unsigned>>(workers_.count());
    for (unsigned worker = 0; worker < workers_.count(); ++worker) {
      workers_.post(worker, [this, worker, options, left] {
        sites_[worker]->drain(options, [this, left] {
          if (--*left == 0) workers_.stop();
        });
      });
    }
  }
  bool draining() const { return draining_; }

  void set_limits(ServerLimits limits) {
    check(fault_of(limits));
    guard_.set_limits(std::move(limits));
    catalogue_.obey_limits();
  }
  void set_trusted_proxies(const std::vector<std::string>& networks) {
    check(fault_of("trusted_proxies", networks));
    const Networks proxies(networks);
    gate_.set_proxies(proxies);
    catalogue_.change([proxies](Site& site) { site.trust(proxies); });
  }
  void set_drain(const DrainOptions& drain) { drain_.renew(drain); }

  Gateways& gateways() { return gateways_; }
  Catalogue& catalogue() { return catalogue_; }
  const Catalogue& catalogue() const { return catalogue_; }
  RefusalCounts refusals() const { return guard_.counts(); }

  const std::vector<std::string>& urls() const { return urls_; }

  std::vector<std::string> reload_tls(const std::vector<Listen>& listen) {
    return tls_.reload(listen, options_.on_trouble);
  }

  const PolicyServer& policy() const { return policy_; }
  net::Workers& workers() { return workers_; }

 private:
  /// Adds what one loop counts, and on the first what they count together; on that loop.
  void gather(unsigned worker, Collected& into) {
    Metrics& metrics = into.metrics;
    if (worker == 0) {
      metrics.version = Server::version();
      metrics.ready = ready();
      metrics.process = process_metrics();
      add_counts(policy_.counts(), metrics);
      add_counts(guard_.counts(), metrics);
      gateways_.gather(metrics.backends);
    }
    gather_loop(workers_.loop(worker), metrics);
    if (sites_[worker]) sites_[worker]->gather(into);
  }
  void on_each_site(const Catalogue::Change& change) {
    for (unsigned worker = 0; worker < workers_.count(); ++worker) {
      workers_.post(worker, [this, worker, change] { change(*sites_[worker]); });
    }
  }

  const ServerOptions options_;
  const std::vector<std::unique_ptr<Transport>> transports_;
  net::Sniffer sniffer_;
  Guard guard_;
  net::Gate gate_;
  PolicyServer policy_;
  TlsPorts tls_;
  net::Workers workers_;
  Gateways gateways_;
  std::vector<std::unique_ptr<Site>> sites_;
  std::atomic<bool> serving_{false};
  std::atomic<bool> ready_{true};
  Collector collector_;
  AdminServer admin_;
  Catalogue catalogue_;
  Renewed<DrainOptions> drain_;
  std::vector<std::string> bound_;
  std::vector<std::string> urls_;
  bool listening_ = false;
  std::atomic<bool> draining_{false};
};

Server::Server(ServerOptions options)
    : implementation_(std::make_unique<Implementation>(std::move(options))) {}

Server::~Server() = default;

void Server::serve(std::string path, Service service, ServiceOptions options) {
  implementation_->catalogue().serve({std::move(path), std::move(service), std::move(options)});
}

void Server::authorize(std::string_view path, Authorizer authorizer, AccessOptions options) {
  implementation_->catalogue().authorize(path, std::move(authorizer), options);
}

void Server::serve_folder(std::string path, const std::string& folder) {
  implementation_->catalogue().serve_folder({std::move(path), folder});
}

void Server::serve_feed(std::string path, std::string type, FeedService service) {
  implementation_->catalogue().serve_feed({std::move(path), std::move(type), std::move(service)});
}

void Server::serve_broadcast(std::string path, ServiceOptions options) {
  Service service = services::broadcast(implementation_->workers(), options.slow_reader);
  implementation_->catalogue().serve({std::move(path), std::move(service), std::move(options)});
}

void Server::serve_tcp(std::string path, TcpOptions tcp, ServiceOptions options) {
  options.slow_reader = SlowReader::block;
  const bool rules_list = std::any_of(tcp.targets.begin(), tcp.targets.end(),
                                      [](const TargetRule& rule) { return !rule.origins.empty(); });
  if (rules_list && options.origins.empty())
    throw std::runtime_error("cannot serve " + path +
                             ": targets list origins, expected origins of the service too");
  Service service = implementation_->gateways().make(path, std::move(tcp));
  implementation_->catalogue().serve({.path = std::move(path),
                                      .service = std::move(service),
                                      .options = std::move(options),
                                      .blocks = true});
}

void Server::serve_xmpp(std::string path, XmppOptions xmpp, ServiceOptions options) {
  options.slow_reader = SlowReader::block;
  Service service = implementation_->gateways().make(path, std::move(xmpp));
  implementation_->catalogue().serve({.path = std::move(path),
                                      .service = std::move(service),
                                      .options = std::move(options),
                                      .blocks = true});
}

void Server::serve_inbox(std::string path, InboxService service, InboxOptions inbox, ServiceOptions options) {
  check_inbox(path, inbox);
  implementation_->catalogue().serve({.path = std::move(path),
                                      .service = {},
                                      .options = std::move(options),
                                      .inbox = std::make_shared<services::InboxSetup>(std::move(inbox)),
                                      .inbox_service = std::move(service)});
}

void Server::serve_inbox(std::string path, InboxOptions inbox, ServiceOptions options) {
  check_inbox(path, inbox);
  constexpr bool kBlocks = true;  // what a page has no room for is refused, and nothing else lost
  implementation_->catalogue().serve(
      {.path = std::move(path),
       .service = {},
       .options = std::move(options),
       .inbox = std::make_shared<services::InboxSetup>(std::move(inbox), kBlocks),
       .inbox_service = services::inbox()});
}

void Server::serve_mux(std::string path, MuxOptions mux, ServiceOptions options) {
  check_mux(path, mux, options);
  options.protocols = mux_service().protocols;
  options.slow_reader = SlowReader::block;
  implementation_->catalogue().serve({.path = std::move(path),
                                      .service = {},
                                      .options = std::move(options),
                                      .mux = std::make_shared<const MuxOptions>(std::move(mux)),
                                      .blocks = true});
}

Publisher Server::serve_live_feed(std::string path, const LiveFeedOptions& feed, ServiceOptions options) {
  check_live_feed(path, feed, options);
  Catalogue& catalogue = implementation_->catalogue();
  std::unique_ptr<services::FeedSource> source;
  if (feed.udp) {
    const std::shared_ptr<services::LiveFeed> before = catalogue.replaced_feed();
    source = std::make_unique<services::UdpFeedSource>(*feed.udp, before ? before->source() : nullptr);
  } else if (!feed.tcp.empty()) {
    source = std::make_unique<services::TcpFeedSource>(feed.tcp, options.max_message_bytes);
  }
  const services::SlowPolicy policy{.closes = options.slow_reader == SlowReader::close,
                                    .most = options.outbox_bytes};
  options.slow_reader = SlowReader::block;  // it is the feed that decides then
  const auto live = std::make_shared<services::LiveFeed>(
      implementation_->workers(), feed, options.max_message_bytes, policy, std::move(source));
  catalogue.serve(
      {.path = std::move(path), .service = live->service(), .options = std::move(options), .live = live});
  return Publisher(live);
}

void Server::configure(const std::string& path, ServiceOptions options) {
  implementation_->catalogue().configure(path, std::move(options));
}

void Server::remove(const std::string& path) { implementation_->catalogue().remove(path); }

void Server::replace(const std::string& path, const std::function<void()>& serve) {
  implementation_->catalogue().replace(path, serve);
}

void Server::set_limits(ServerLimits limits) { implementation_->set_limits(std::move(limits)); }

void Server::set_trusted_proxies(const std::vector<std::string>& networks) {
  implementation_->set_trusted_proxies(networks);
}

void Server::set_drain(const DrainOptions& drain) { implementation_->set_drain(drain); }

std::vector<std::string> Server::listen() { return implementation_->listen(); }

std::vector<std::string> Server::urls() const { return implementation_->urls(); }

std::vector<std::string> Server::reload_tls(const std::vector<Listen>& listen) {
  return implementation_->reload_tls(listen);
}

std::vector<std::string> Server::flash_policy_addresses() const {
  return implementation_->policy().addresses();
}

void Server::collect(std::function<void(const Metrics&)> done) {
  implementation_->collector().collect(
      false, [done = std::move(done)](const Collected& collected) { done(collected.metrics); });
}

void Server::set_ready(bool ready) { implementation_->set_ready(ready); }

std::vector<std::string> Server::admin_addresses() const { return implementation_->admin().addresses(); }

void Server::set_admin_token(const std::string& token) { implementation_->admin().set_token(token); }

FlashPolicyCounts Server::flash_policy_counts() const { return implementation_->policy().counts(); }

void Server::run() { implementation_->run(); }

void Server::stop() { implementation_->workers().stop(); }

void Server::drain(const DrainOptions& options) { implementation_->drain(options); }

bool Server::draining() const { return implementation_->draining(); }

RefusalCounts Server::refusals() const { return implementation_->refusals(); }

ServiceCounts Server::counts(std::string_view path) const {
  return implementation_->catalogue().counts(path);
}

unsigned Server::workers() const { return implementation_->workers().count(); }

void Server::post(unsigned worker, std::function<void()> call) {
  implementation_->workers().post(worker, std::move(call));
}

std::string_view Server::version() { return ENCKE_VERSION; }

std::vector<std::string> Server::transports() {
  std::vector<std::string> names;
  for (const auto& transport : make_transports()) names.emplace_back(transport->info().name);
  return names;
}

}  // namespace encke
