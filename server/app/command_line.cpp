// The command line, on CLI11.
#include "server/app/command_line.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace encke::app {

std::variant<CommandLine, CommandLineExit> parse_command_line(const std::vector<std::string>& arguments,
                                                              std::string_view version) {
  CommandLine result;
  std::string config;
  std::vector<std::string> listen;
  unsigned workers = 0;
  std::string level;

  CLI::App app("Serves sockets to every browser: SockJS, WebSocket, and the pages beside them.", "encke");
  app.set_version_flag("--version", "encke " + std::string(version));
  const auto* config_option =
      app.add_option("--config", config, "The configuration file (JSON)")->type_name("FILE");
  auto* listen_option =
      app.add_option("--listen", listen, "Listen here instead of where the file says; may be given again")
          ->type_name("ADDRESS:PORT")
          ->expected(1)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
          ->check([](const std::string& text) {
            return parse_listen_address(text) ? std::string() : "expected " + std::string(kListenAddressForm);
          });
  const auto* workers_option = app.add_option("--workers", workers, "Threads; 0: one for each core")
                                   ->type_name("N")
                                   ->check(CLI::Range(0u, kMostWorkers));
  app.add_option("--log-level", level, "trace, debug, info, warning, error or off")
      ->type_name("LEVEL")
      ->check([](const std::string& word) {
        return log::parse_level(word) ? std::string() : "expected trace, debug, info, warning, error or off";
      });
  app.add_flag("--check", result.check, "Validate the configuration and exit: 0 good, 2 bad");
  app.add_flag("--print-policy", result.print_policy,
               "Print the policy that Flash Player would be given, and exit");
  app.add_flag("--policy-only", result.policy_only,
               "Serve that policy at its own addresses, and nothing else")
      ->excludes(listen_option);
  app.add_flag("--list-transports", result.list_transports, "Print the transports built in and exit");

  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    return CommandLineExit{0, app.help()};
  } catch (const CLI::CallForVersion& called) {
    return CommandLineExit{0, std::string(called.what()) + "\n"};
  } catch (const CLI::ParseError& error) {
    return CommandLineExit{kExitBadUsage,
                           "encke: " + std::string(error.what()) + "\nencke --help tells what there is\n"};
  }

  if (config_option->count() > 0) result.config = config;
  for (const std::string& text : listen) {
    const ListenAddress address = *parse_listen_address(text);
    if (address.is_fixed() &&
        std::find(result.listen.begin(), result.listen.end(), address) != result.listen.end()) {
      return CommandLineExit{kExitBadUsage, "encke: --listen: " + text + " is given twice\n"};
    }
    result.listen.push_back(address);
  }
  if (workers_option->count() > 0) result.workers = workers;
  if (!level.empty()) result.log_level = log::parse_level(level);
  return result;
}

void apply(const CommandLine& command_line, Config& config) {
  if (!command_line.listen.empty()) {
    config.listen.clear();
    for (const ListenAddress& address : command_line.listen) config.listen.push_back({address});
  }
  if (command_line.workers) config.workers = *command_line.workers;
  if (command_line.log_level) config.log_level = *command_line.log_level;
}

}  // namespace encke::app
