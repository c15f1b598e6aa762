// The server: one site a loop, made of the same services and folders.
#include <encke/server.hpp>

#include "server/app/admin_server.hpp"
#include "server/app/collector.hpp"
#include "server/app/limit_faults.hpp"
#include "server/app/option_faults.hpp"
#include "server/app/policy_server.hpp"
#include "server/app/process_metrics.hpp"
#include "server/app/site.hpp"
#include "server/app/tls_ports.hpp"
#include "server/http/content.hpp"
#include "server/net/gate.hpp"
#include "server/net/workers.hpp"
#include "server/services/broadcast.hpp"
#include "transports/registry.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <functional>
#include <mutex>
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
        sites_(workers_.count()),
        collector_(workers_, [this](unsigned worker, Collected& into) { gather(worker, into); }),
        admin_(options_.admin,
               {.workers = workers_,
                .collector = collector_,
                .transports = transports_,
                .ready = [this] { return ready(); },
                .close = [this](const CloseOrder& order) { return sites_[order.worker]->close(order); },
                .trouble = options_.on_trouble}) {
    const std::string fault = fault_of(options_.limits);
    if (!fault.empty()) throw std::runtime_error(fault);
    const std::string stranger = fault_of("trusted_proxies", options_.trusted_proxies);
    if (!stranger.empty()) throw std::runtime_error(stranger);
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
      workers_.on_signal(SIGTERM, [this] { draining() ? workers_.hurry() : drain(options_.drain); });
    }
  }

  void check_path(const std::string& path) const {
    const bool root = path == "/";
    if (path.empty() || path.front() != '/' || (!root && path.back() == '/')) {
      throw std::runtime_error("cannot serve at \"" + path + "\": expected a path as \"/echo\"");
    }
    if (contents_.has(path)) {
      throw std::runtime_error("cannot serve at \"" + path + "\": something is served there already");
    }
  }

  void serve(ServiceEntry entry) {
    check_path(entry.path);
    if (entry.path == "/")
      throw std::runtime_error("cannot serve a service at \"/\": expected a path as \"/echo\"");
    check_options(entry.path, entry.options);
    entry.counts = std::make_shared<LiveCounts>(entry.options.limits, options_.limits.unlimited_addresses);
    const std::lock_guard lock(contents_mutex_);
    contents_.services.push_back(std::move(entry));
    on_each_site([added = contents_.services.back()](Site& site) { site.add(added); });
  }

  void configure(const std::string& path, ServiceOptions options) {
    const std::lock_guard lock(contents_mutex_);
    const auto entry = service_at(path);
    if (entry == contents_.services.end())
      throw std::runtime_error("there is no service at \"" + path + "\"");
    if (options.limits != entry->options.limits || options.protocols != entry->options.protocols) {
      throw std::runtime_error("cannot change limits or protocols of \"" + path + "\" while it serves");
    }
    check_options(path, options);
    entry->options = options;
    on_each_site([path, options = std::move(options)](Site& site) { site.configure(path, options); });
  }

  void remove(const std::string& path) {
    const std::lock_guard lock(contents_mutex_);
    if (!contents_.has(path)) throw std::runtime_error("nothing is served at \"" + path + "\"");
    const auto its = [&path](const auto& entry) { return entry.path == path; };
    std::erase_if(contents_.services, its);
    std::erase_if(contents_.folders, its);
    std::erase_if(contents_.feeds, its);
    on_each_site([path](Site& site) { site.remove(path); });
  }

  void authorize(std::string_view path, Authorizer authorizer, AccessOptions options) {
    const std::lock_guard lock(contents_mutex_);
    if (running_) {  // it would have been open to all until now
      throw std::runtime_error("cannot decide on access to \"" + std::string(path) + "\" while it serves");
    }
    const auto entry = std::find_if(contents_.services.begin(), contents_.services.end(),
                                    [path](const ServiceEntry& service) { return service.path == path; });
    if (entry == contents_.services.end()) {
      throw std::runtime_error("cannot decide on access to \"" + std::string(path) +
                               "\": no service is served there");
    }
    entry->authorizer = std::move(authorizer);
    entry->access = options;
  }

  void serve_folder(FolderEntry entry) {
    check_path(entry.path);
    http::make_static_files(entry.folder);  // throws now what would be thrown by run()
    const std::lock_guard lock(contents_mutex_);
    contents_.folders.push_back(std::move(entry));
    on_each_site([added = contents_.folders.back()](Site& site) { site.add(added); });
  }

  void serve_feed(FeedEntry entry) {
    check_path(entry.path);
    if (entry.type.empty() || entry.type.find_first_of("\r\n") != std::string::npos) {
      throw std::runtime_error("cannot serve at \"" + entry.path +
                               "\": expected a media type as \"image/gif\"");
    }
    const std::lock_guard lock(contents_mutex_);
    contents_.feeds.push_back(std::move(entry));
    on_each_site([added = contents_.feeds.back()](Site& site) { site.add(added); });
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
      admin_.listen();
      listening_ = true;
    }
    return bound_;
  }

  void run() {
    listen();
    tls_.warn(options_.on_trouble);
    {
      const std::lock_guard lock(contents_mutex_);  // what another thread adds meanwhile comes after
      for (unsigned worker = 0; worker < workers_.count(); ++worker) {
        sites_[worker] = std::make_unique<Site>(workers_.loop(worker).context(), contents_, transports_,
                                                options_, [this] { return ready(); });
      }
      running_ = true;
    }
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
  const AdminServer& admin() const { return admin_; }
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

  ServiceCounts counts(std::string_view path) const {
    const std::lock_guard lock(contents_mutex_);
    const auto entry = std::find_if(contents_.services.begin(), contents_.services.end(),
                                    [path](const ServiceEntry& service) { return service.path == path; });
    return entry == contents_.services.end() ? ServiceCounts{} : entry->counts->now();
  }

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
    }
    gather_loop(workers_.loop(worker), metrics);
    if (sites_[worker]) sites_[worker]->gather(into);
  }
  std::vector<ServiceEntry>::iterator service_at(const std::string& path) {
    return std::find_if(contents_.services.begin(), contents_.services.end(),
                        [&path](const ServiceEntry& entry) { return entry.path == path; });
  }
  /// Once the loops run, and with contents_mutex_ held.
  void on_each_site(const std::function<void(Site&)>& change) {
    if (!running_) return;
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
  std::vector<std::unique_ptr<Site>> sites_;
  std::atomic<bool> serving_{false};
  std::atomic<bool> ready_{true};
  Collector collector_;
  AdminServer admin_;
  mutable std::mutex contents_mutex_;
  Contents contents_;
  bool running_ = false;
  std::vector<std::string> bound_;
  std::vector<std::string> urls_;
  bool listening_ = false;
  std::atomic<bool> draining_{false};
};

Server::Server(ServerOptions options)
    : implementation_(std::make_unique<Implementation>(std::move(options))) {}

Server::~Server() = default;

void Server::serve(std::string path, Service service, ServiceOptions options) {
  implementation_->serve({std::move(path), std::move(service), std::move(options)});
}

void Server::authorize(std::string_view path, Authorizer authorizer, AccessOptions options) {
  implementation_->authorize(path, std::move(authorizer), options);
}

void Server::serve_folder(std::string path, const std::string& folder) {
  implementation_->serve_folder({std::move(path), folder});
}

void Server::serve_feed(std::string path, std::string type, FeedService service) {
  implementation_->serve_feed({std::move(path), std::move(type), std::move(service)});
}

void Server::serve_broadcast(std::string path, ServiceOptions options) {
  Service service = services::broadcast(implementation_->workers(), options.slow_reader);
  implementation_->serve({std::move(path), std::move(service), std::move(options)});
}

void Server::configure(const std::string& path, ServiceOptions options) {
  implementation_->configure(path, std::move(options));
}

void Server::remove(const std::string& path) { implementation_->remove(path); }

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

FlashPolicyCounts Server::flash_policy_counts() const { return implementation_->policy().counts(); }

void Server::run() { implementation_->run(); }

void Server::stop() { implementation_->workers().stop(); }

void Server::drain(const DrainOptions& options) { implementation_->drain(options); }

bool Server::draining() const { return implementation_->draining(); }

RefusalCounts Server::refusals() const { return implementation_->refusals(); }

ServiceCounts Server::counts(std::string_view path) const { return implementation_->counts(path); }

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
