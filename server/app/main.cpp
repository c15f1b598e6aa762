// The server as a program: command line, configuration, and what becomes of them.
#include "server/app/command_line.hpp"
#include "server/app/config.hpp"
#include "server/app/daemon.hpp"
#include "server/policy/policy.hpp"

#include <encke/server.hpp>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
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

/// Prints what players are given at the policy's own addresses, or else in-line.
int print_policy(const Config& config) {
  if (!config.flash_policy) return report({"no flash_policy is configured, so players are given none"});
  const FlashPolicy& policy = *config.flash_policy;
  const auto place = policy.listen.empty() ? policy::Place::in_line : policy::Place::alone;
  std::fputs(policy::to_xml(policy, place).c_str(), stdout);
  return 0;
}

/// What the file says, or what there is without one, and what the command line says in its stead.
ConfigResult configuration_of(const CommandLine& command_line, std::span<const std::string_view> transports) {
  ConfigResult loaded;
  if (command_line.config) {
    loaded = load_config(*command_line.config, transports);
  } else {
    loaded.config = default_configuration();
  }
  if (loaded.errors.empty()) apply(command_line, loaded.config);
  return loaded;
}

std::vector<std::string> faults_of(const Config& config, const CommandLine& command_line) {
  std::vector<std::string> faults = faults_of_whole(config, command_line.policy_only);
  const std::string file = command_line.config ? command_line.config->string() + ": " : "";
  for (std::string& line : faults) line.insert(0, file);
  return faults;
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
  const std::vector<std::string_view> names(transports.begin(), transports.end());
  const auto load = [&] { return configuration_of(command_line, names); };
  const ConfigResult loaded = load();
  if (!loaded.errors.empty()) return report(loaded.errors);
  if (command_line.print_policy) return print_policy(loaded.config);
  if (const auto faults = faults_of(loaded.config, command_line); !faults.empty()) return report(faults);
  if (command_line.check) {
    for (const std::string& line : loaded.warnings)
      std::fprintf(stderr, "encke: warning: %s\n", line.c_str());
    std::puts("the configuration is good");
    return 0;
  }
  return serve(loaded.config, command_line.policy_only, [&] {
    ConfigResult again = load();
    if (again.errors.empty()) again.errors = faults_of(again.config, command_line);
    return again;
  });
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
