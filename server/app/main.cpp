// The server as a program: command line, configuration, log, run.
#include "server/app/command_line.hpp"
#include "server/app/config.hpp"
#include "server/app/listen_address.hpp"
#include "server/app/log.hpp"
#include "server/app/privileges.hpp"
#include "server/policy/policy.hpp"
#include "server/services/builtin.hpp"

#include <encke/server.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace {

namespace fs = std::filesystem;
using namespace encke;
using namespace encke::app;

constexpr int kExitCannotRun = 1;

/// The chat's pages: beside the sources when built there, else where they are installed.
fs::path chat_folder() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& folder : {program / "../examples/chat/www", program / "../share/encke/chat/www"}) {
    if (fs::is_directory(folder, error)) return fs::weakly_canonical(folder, error);
  }
  return {};
}

Config default_configuration() {
  const fs::path chat = chat_folder();
  Config config = default_config(chat);
  if (chat.empty()) config.mounts.clear();
  return config;
}

int report(const std::vector<std::string>& errors) {
  for (const std::string& error : errors) std::fprintf(stderr, "encke: %s\n", error.c_str());
  return kExitBadUsage;
}

/// A server has a descriptor for each connection: as many as the system lets it have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void add_service(Server& server, const ServiceConfig& service) {
  switch (service.type) {
    case ServiceType::echo:
      server.serve(service.path, services::echo(), service.options);
      break;
    case ServiceType::close:
      server.serve(service.path, services::close(), service.options);
      break;
    case ServiceType::amplify:
      server.serve(service.path, services::amplify(), service.options);
      break;
    case ServiceType::broadcast:
      server.serve_broadcast(service.path, service.options);
      break;
  }
  if (service.tokens) server.authorize(service.path, tokens::authorizer(*service.tokens));
}

/// What happened to a service's sessions, for the log; empty where nothing but opening did.
std::string summary(const ServiceConfig& service, const ServiceCounts& counts) {
  const std::array<std::pair<std::uint64_t, std::string_view>, 10> events{{
      {counts.resumed, "carriers resumed"},
      {counts.expired, "sessions expired"},
      {counts.repeated_up, "messages from browsers repeated"},
      {counts.repeated_down, "messages to browsers repeated"},
      {counts.slow_closed, "slow readers closed"},
      {counts.slow_blocked, "messages refused for want of room"},
      {counts.slow_dropped, "messages dropped for want of room"},
      {counts.reports, "reports of pages"},
      {counts.refused_origins, "requests refused for their origin"},
      {counts.refused_access, "requests refused for want of access"},
  }};
  std::string text;
  for (const auto& [count, what] : events) {
    if (count > 0) text += ", " + std::to_string(count) + " " + std::string(what);
  }
  return text.empty()
             ? text
             : "service " + service.path + ": " + std::to_string(counts.opened) + " sessions opened" + text;
}

/// What became of Flash Player's requests, for the log; empty where none came.
std::string summary(const FlashPolicyCounts& counts) {
  if (counts.answered + counts.refused + counts.wrong + counts.late == 0) return {};
  return "flash policy: " + std::to_string(counts.answered) + " requests answered, " +
         std::to_string(counts.refused) + " refused, " + std::to_string(counts.wrong) +
         " that asked for something else, " + std::to_string(counts.late) + " too late";
}

/// Prints what players are given at the policy's own addresses, or else in-line.
int print_policy(const Config& config) {
  if (!config.flash_policy) return report({"no flash_policy is configured, so players are given none"});
  const FlashPolicy& policy = *config.flash_policy;
  const auto place = policy.listen.empty() ? policy::Place::in_line : policy::Place::alone;
  std::fputs(policy::to_xml(policy, place).c_str(), stdout);
  return 0;
}

int run(const Config& config, bool policy_only) {
  raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);  // who reads the log may go away
  ServerOptions options;
  options.listen.clear();
  if (!policy_only) {
    for (const ListenConfig& listen : config.listen) {
      options.listen.emplace_back(to_string(listen.address)).tls = listen.tls;
    }
  }
  options.flash_policy = config.flash_policy;
  options.admin = config.admin;
  options.health = config.health;
  options.workers = config.workers;
  options.stop_on_signals = true;
  options.on_trouble = [](std::string_view what) { log::warning(what); };
  options.on_report = [](const ReportLine& line) {
    log::info("report", {{"service", line.service}, {"network", line.network}, {"text", line.text}});
  };
  Server server(std::move(options));
  server.listen();
  if (config.identity) become(*config.identity);  // the ports are bound, and there are no threads yet
  if (!policy_only) {
    for (const ServiceConfig& service : config.services) add_service(server, service);
    // By now as that user, who may not be let into each folder.
    for (const StaticMount& mount : config.mounts) server.serve_folder(mount.mount, mount.folder.string());
  }
  log::start(config.log_level);
  for (const std::string& url : server.urls()) log::info("listening on " + url);
  for (const std::string& address : server.flash_policy_addresses()) {
    log::info("answering policy requests of Flash Player on " + address);
  }
  for (const std::string& address : server.admin_addresses()) {
    log::info("for operators on http://" + address + (config.admin->page ? "/admin" : "/metrics"));
  }
  server.run();
  for (const ServiceConfig& service : config.services) {
    const std::string text = summary(service, server.counts(service.path));
    if (!text.empty()) log::info(text);
  }
  const std::string policy = summary(server.flash_policy_counts());
  if (!policy.empty()) log::info(policy);
  log::info("stopped");
  log::stop();
  return 0;
}

int main_guarded(const std::vector<std::string>& arguments) {
  std::variant<CommandLine, CommandLineExit> parsed = parse_command_line(arguments, Server::version());
  if (const auto* exit = std::get_if<CommandLineExit>(&parsed)) {
    std::fputs(exit->text.c_str(), exit->status == 0 ? stdout : stderr);
    return exit->status;
  }
  const CommandLine& command_line = std::get<CommandLine>(parsed);
  const std::vector<std::string> transports = Server::transports();
  if (command_line.list_transports) {
    for (const std::string& name : transports) std::printf("%s\n", name.c_str());
    return 0;
  }
  ConfigResult loaded;
  if (command_line.config) {
    const std::vector<std::string_view> names(transports.begin(), transports.end());
    loaded = load_config(*command_line.config, names);
    if (!loaded.errors.empty()) return report(loaded.errors);
  } else {
    loaded.config = default_configuration();
  }
  apply(command_line, loaded.config);
  if (command_line.print_policy) return print_policy(loaded.config);
  loaded.errors = faults_of_whole(loaded.config, command_line.policy_only);
  if (!loaded.errors.empty()) {
    const std::string file = command_line.config ? command_line.config->string() + ": " : "";
    for (std::string& line : loaded.errors) line.insert(0, file);
    return report(loaded.errors);
  }
  if (command_line.check) {
    for (const std::string& line : loaded.warnings)
      std::fprintf(stderr, "encke: warning: %s\n", line.c_str());
    std::puts("the configuration is good");
    return 0;
  }
  return run(loaded.config, command_line.policy_only);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return main_guarded({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "encke: %s\n", error.what());
    return kExitCannotRun;
  }
}
