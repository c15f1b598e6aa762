// The command line: each option, and what a bad one says.
#include "server/app/command_line.hpp"

#include <doctest/doctest.h>

namespace encke::app {
namespace {

using Arguments = std::vector<std::string>;

CommandLine good(const Arguments& arguments) {
  auto result = parse_command_line(arguments, "1.2.3");
  if (const auto* exit = std::get_if<CommandLineExit>(&result)) FAIL(exit->text);
  return std::get<CommandLine>(result);
}

CommandLineExit ends(const Arguments& arguments) {
  auto result = parse_command_line(arguments, "1.2.3");
  REQUIRE(std::holds_alternative<CommandLineExit>(result));
  return std::get<CommandLineExit>(result);
}

TEST_CASE("no arguments ask for nothing") {
  const CommandLine line = good({});
  CHECK_FALSE(line.config);
  CHECK(line.listen.empty());
  CHECK_FALSE(line.workers);
  CHECK_FALSE(line.log_level);
  CHECK_FALSE(line.check);
  CHECK_FALSE(line.list_transports);
}

TEST_CASE("every option is read") {
  const CommandLine line =
      good({"--config", "a b.json", "--listen", "127.0.0.1:1", "--listen=[::1]:0", "--listen", "[::1]:0",
            "--workers", "2", "--log-level", "off", "--check", "--print-policy", "--list-transports"});
  CHECK(line.config == std::filesystem::path("a b.json"));
  CHECK(line.listen == std::vector<ListenAddress>{{"127.0.0.1", 1}, {"::1", 0}, {"::1", 0}});
  CHECK(line.workers == 2u);
  CHECK(line.log_level == log::Level::off);
  CHECK(line.check);
  CHECK(line.print_policy);
  CHECK_FALSE(line.policy_only);
  CHECK(line.list_transports);
}

TEST_CASE("the command line replaces what the file says, and leaves the rest") {
  Config config;
  config.listen = {{{"0.0.0.0", 80}}, {{"::", 80}}};
  config.workers = 4;
  config.log_level = log::Level::debug;
  apply(good({}), config);
  CHECK(config.listen.size() == 2);
  CHECK(config.workers == 4);
  CHECK(config.log_level == log::Level::debug);
  apply(good({"--listen", "127.0.0.1:1", "--workers", "0", "--log-level", "error"}), config);
  CHECK(config.listen == std::vector<ListenConfig>{{{"127.0.0.1", 1}}});
  CHECK(config.workers == 0);
  CHECK(config.log_level == log::Level::error);
}

TEST_CASE("--version and --help end with status 0") {
  CHECK(ends({"--version"}).text == "encke 1.2.3\n");
  CHECK(ends({"--version"}).status == 0);
  const CommandLineExit help = ends({"--help"});
  CHECK(help.status == 0);
  for (const std::string_view option :
       {"--config FILE", "--listen ADDRESS:PORT", "--workers N", "--log-level LEVEL", "--check",
        "--print-policy", "--policy-only", "--list-transports", "--version"}) {
    CAPTURE(help.text);
    CHECK(help.text.find(option) != std::string::npos);
  }
}

TEST_CASE("a bad command line ends with status 2 and says what is wrong") {
  const std::pair<Arguments, std::string_view> rows[] = {
      {{"--listen", "8080"}, "--listen: expected \"ADDRESS:PORT\""},
      {{"--listen"}, "--listen"},
      {{"--listen", "127.0.0.1:1", "--listen", "127.0.0.1:1"}, "--listen: 127.0.0.1:1 is given twice"},
      {{"--workers", "257"}, "--workers: "},
      {{"--workers", "-1"}, "--workers"},
      {{"--workers", "many"}, "--workers"},
      {{"--log-level", "warn"}, "--log-level: expected trace, debug"},
      {{"--config"}, "--config"},
      {{"--wrkers", "1"}, "--wrkers"},
      {{"--policy-only", "--listen", "127.0.0.1:1"}, "--listen excludes --policy-only"},
      {{"encke.json"}, "encke.json"},
  };
  for (const auto& row : rows) {
    const CommandLineExit exit = ends(row.first);
    CAPTURE(exit.text);
    CHECK(exit.status == kExitBadUsage);
    CHECK(exit.text.starts_with("encke: "));
    CHECK(exit.text.find(row.second) != std::string::npos);
    CHECK(exit.text.ends_with('\n'));
  }
}

}  // namespace
}  // namespace encke::app
