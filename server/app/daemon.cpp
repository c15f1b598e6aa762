// The server as a service of a machine.
#include "server/app/daemon.hpp"

#include "server/app/notify.hpp"
#include "server/app/process_limits.hpp"
#include "server/app/reload.hpp"
#include "server/app/summary.hpp"
#include "server/app/watchdog.hpp"
#include "server/net/inherited.hpp"

#include <encke/server.hpp>

#include <csignal>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace encke::app {

namespace {

void log_access(const SessionEnd& end) {
  const std::string up = end.messages_up ? std::to_string(*end.messages_up) : "-";
  log::info("session", {{"service", end.service},
                        {"transport", end.transport},
                        {"remote", end.remote_address},
                        {"origin", end.origin},
                        {"ms", end.duration.count()},
                        {"up", up},
                        {"down", end.messages_down},
                        {"code", end.code},
                        {"reason", end.reason}});
}

std::vector<Listen> listeners_of(const Config& config) {
  std::vector<Listen> all;
  for (const ListenConfig& listen : config.listen) {
    Listen& added = all.emplace_back(to_string(listen.address));
    added.tls = listen.tls;
    added.proxy_protocol = listen.proxy_protocol;
  }
  return all;
}

ServerOptions options_of(const Config& config, bool policy_only) {
  ServerOptions options;
  options.listen.clear();
  if (!policy_only) options.listen = listeners_of(config);
  options.flash_policy = config.flash_policy;
  options.admin = config.admin;
  options.health = config.health;
  options.limits = config.limits;
  options.trusted_proxies = config.trusted_proxies;
  options.name_servers = config.name_servers;
  options.workers = config.workers;
  options.drain = config.drain;
  options.stop_on_signals = true;
  options.on_trouble = [](std::string_view what) { log::warning(what); };
  options.on_report = [](const ReportLine& line) {
    log::info("report", {{"service", line.service}, {"network", line.network}, {"text", line.text}});
  };
  if (config.log_access) options.on_session_over = log_access;
  return options;
}

/// The running server, and the configuration that it has come to obey.
class Daemon {
 public:
  Daemon(const Config& config, bool policy_only, const std::function<ConfigResult()>& load)
      : config_(config), policy_only_(policy_only), load_(load), server_(make_options()) {}

  int run(std::uint64_t descriptors) {
    server_.listen();
    std::vector<gid_t> kept_groups;
    // The ports are bound, and there are no threads yet.
    if (config_.identity) kept_groups = become(*config_.identity);
    if (!policy_only_) {
      for (const ServiceConfig& service : config_.services) add_service(server_, service);
      // By now as that user, who may not be let into each folder.
      for (const StaticMount& mount : config_.mounts)
        server_.serve_folder(mount.mount, mount.folder.string());
    }
    log::start(config_.log_level, stderr, config_.log_format);
    for (const std::string& address : server_.admin_addresses()) {
      log::info((config_.admin->tls ? "for operators on https://" : "for operators on http://") + address +
                (config_.admin->page ? "/admin" : "/metrics"));
    }
    const std::vector<std::string> urls = server_.urls();
    for (const std::string& url : urls) log::info("listening on " + url);
    for (const std::string& address : server_.flash_policy_addresses()) {
      log::info("answering policy requests of Flash Player on " + address);
    }
    warn(kept_groups,
         descriptor_shortage(descriptors, config_.limits.connections, server_.workers(), urls.size()));
    {
      std::optional<Watchdog> watchdog;
      if (const auto interval = watchdog_interval()) {
        const auto post = [this](unsigned worker, std::function<void()> call) {
          server_.post(worker, std::move(call));
        };
        watchdog.emplace(server_.workers(), post, *interval, [] { notify("WATCHDOG=1"); });
      }
      // Once the loops turn, and not before.
      server_.post(0, [] { notify("READY=1"); });
      server_.run();
    }
    say_goodbye();
    return 0;
  }

 private:
  ServerOptions make_options() {
    ServerOptions options = options_of(config_, policy_only_);
    if (load_) options.on_reload = [this] { read_again(); };
    options.on_drain = [] {
      log::info("the clients are told to go");
      notify("STOPPING=1\nSTATUS=the clients are told to go");
    };
    return options;
  }

  static void warn(const std::vector<gid_t>& kept_groups, const std::string& shortage) {
    for (const gid_t group : kept_groups) {
      log::warning("the process has a group that is not its user's, and may not give it up",
                   {{"group", group}});
    }
    for (const std::string& name : net::unused_inherited()) {
      log::warning("sockets were handed in that nothing listens at", {{"name", name}});
    }
    if (!shortage.empty()) log::warning(shortage);
  }

  /// On the first loop.
  void read_again() {
    if (server_.draining()) {  // what is new would have nobody to tell its clients to go
      log::warning("the configuration is not read again: the server is going away");
      return;
    }
    notify_reloading();
    const ConfigResult loaded = load_();
    for (const std::string& error : loaded.errors) log::error(error);
    if (loaded.errors.empty()) {
      for (const std::string& key : needing_restart(config_, loaded.config)) {
        log::warning("takes a restart: " + key);
      }
      Reloaded result = reload(server_, config_, loaded.config, policy_only_);
      // Files that are named as before may hold others.
      for (const std::string& line : server_.reload_tls(listeners_of(loaded.config))) {
        log::error("certificates stay as they were: " + line);
      }
      for (const std::string& line : result.failed) log::error("not reloaded: " + line);
      for (const std::string& line : result.done) log::info("reloaded: " + line);
      config_ = std::move(result.now);
      log::info("the configuration was read again");
    } else {
      log::error("the configuration is bad, and the old one stays");
    }
    notify("READY=1");
  }

  void say_goodbye() const {
    for (const ServiceConfig& service : config_.services) {
      const std::string text = summary(service.path, server_.counts(service.path));
      if (!text.empty()) log::info(text);
    }
    const std::string policy = summary(server_.flash_policy_counts());
    if (!policy.empty()) log::info(policy);
    log::info("stopped");
    log::stop();
  }

  Config config_;
  const bool policy_only_;
  const std::function<ConfigResult()> load_;
  Server server_;
};

}  // namespace

int serve(const Config& config, bool policy_only, const std::function<ConfigResult()>& load) {
  std::signal(SIGPIPE, SIG_IGN);                             // who reads the log may go away
  const std::uint64_t descriptors = raise_process_limits();  // first: the server asks how many there are
  return Daemon(config, policy_only, load).run(descriptors);
}

}  // namespace encke::app
