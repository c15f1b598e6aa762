// The command line of the server.
#pragma once

#include "server/app/config.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace encke::app {

struct CommandLine {
  std::optional<std::filesystem::path> config;
  std::vector<ListenAddress> listen;  ///< empty: as configured
  std::optional<unsigned> workers;
  std::optional<log::Level> log_level;
  bool check = false;            ///< validate the configuration and exit: 0 good, 2 bad
  bool print_policy = false;     ///< print the policy for Flash Player, and exit
  bool policy_only = false;      ///< serve that, and nothing else
  bool list_transports = false;  ///< print the transports built in, one a line, and exit
};

/// The command line asks for a text and an end: --help, --version, or it is wrong.
struct CommandLineExit {
  int status = 0;    ///< 0, or 2 where it is wrong
  std::string text;  ///< for stdout where status is 0, else for stderr; ends in a newline
};

inline constexpr int kExitBadUsage = 2;  ///< a bad command line or configuration

/// `arguments` without the program's name.
std::variant<CommandLine, CommandLineExit> parse_command_line(const std::vector<std::string>& arguments,
                                                              std::string_view version);

/// Puts what the command line says in place of what the file says.
void apply(const CommandLine& command_line, Config& config);

}  // namespace encke::app
