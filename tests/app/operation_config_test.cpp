// The configuration of the log and of draining; what the process may have; where systemd listens.
#include "server/app/notify.hpp"
#include "server/app/process_limits.hpp"

#include "tests/app/config_support.hpp"

#include <doctest/doctest.h>

#include <sys/resource.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace encke::app {
namespace {

using namespace std::chrono_literals;
using Errors = std::vector<std::string>;

ConfigResult with(const std::string& members) {
  return parse_config(R"({"services": {"/echo": {"type": "echo"}}, )" + members + "}", "", kTestTransports);
}

TEST_CASE("the log is for people and without sessions unless something else is said") {
  const Config config = with(R"("log": {})").config;
  CHECK(config.log_format == log::Format::text);
  CHECK(!config.log_access);
  const Config other = with(R"("log": {"format": "json", "access": true})").config;
  CHECK(other.log_format == log::Format::json);
  CHECK(other.log_access);
  CHECK(with(R"("log": {"format": "xml"})").errors ==
        Errors{R"($.log.format: found "xml", expected "text" or "json")"});
}

TEST_CASE("draining has a notice, a pace and a deadline") {
  const DrainOptions none = with(R"("drain": {})").config.drain;
  CHECK(none == DrainOptions{});
  const DrainOptions drain =
      with(R"("drain": {"notice_seconds": 2.5, "sessions_per_second": 7, "deadline_seconds": 60})")
          .config.drain;
  CHECK(drain == DrainOptions{.notice = 2500ms, .sessions_per_second = 7, .deadline = 60s});
  CHECK(with(R"("drain": {"notice_seconds": 31})").errors ==
        Errors{"$.drain.notice_seconds: is longer than deadline_seconds, expected less"});
  CHECK(with(R"("drain": {"sessions_per_second": 0})").errors ==
        Errors{"$.drain.sessions_per_second: found 0, expected a number of sessions from 1 to 1000000"});
}

TEST_CASE("an operator is told where there are fewer descriptors than connections are allowed") {
  CHECK(descriptor_shortage(1'000, 0, 2, 1).empty());
  const std::size_t others = 16 + 32 + 2 * (4 + 2);
  CHECK(descriptor_shortage(1'000, 1'000 - others, 2, 1).empty());
  CHECK(descriptor_shortage(1'000, 1'001 - others, 2, 1) ==
        "limits.connections is 941, and of the 1000 descriptors that the process may have 940 are left for "
        "connections: raise LimitNOFILE= of the unit, or ulimit -Hn, to 1001");
  CHECK(descriptor_shortage(10, 1, 1, 1).find(" 0 are left ") != std::string::npos);
}

TEST_CASE("what the process may have is raised as far as it may be") {
  const std::uint64_t descriptors = raise_process_limits();
  rlimit files{};
  rlimit core{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
  REQUIRE(::getrlimit(RLIMIT_CORE, &core) == 0);
  CHECK(descriptors == files.rlim_cur);
  CHECK(files.rlim_cur == files.rlim_max);
  CHECK(core.rlim_cur == core.rlim_max);
}

TEST_CASE("nobody is told anything where no socket is given for it, or one of another form") {
  ::unsetenv("NOTIFY_SOCKET");
  CHECK(!notify("READY=1"));
  for (const char* const path : {"", "@", "relative", "/nowhere/at/all"}) {
    ::setenv("NOTIFY_SOCKET", path, 1);
    CHECK(!notify("READY=1"));
  }
  ::setenv("NOTIFY_SOCKET", std::string(200, '/').c_str(), 1);
  CHECK(!notify("READY=1"));
  ::unsetenv("NOTIFY_SOCKET");
}

TEST_CASE("signs of life are for the process that they are asked of") {
  const auto asked = [](const char* micros, const std::string& process) {
    ::setenv("WATCHDOG_USEC", micros, 1);
    ::setenv("WATCHDOG_PID", process.c_str(), 1);
    return watchdog_interval();
  };
  const std::string self = std::to_string(::getpid());
  CHECK(asked("30000000", self) == 30s);
  CHECK(asked("30000000", "") == 30s);
  CHECK(!asked("30000000", "1"));
  CHECK(!asked("0", self));
  CHECK(!asked("soon", self));
  ::unsetenv("WATCHDOG_USEC");
  ::unsetenv("WATCHDOG_PID");
  CHECK(!watchdog_interval());
}

}  // namespace
}  // namespace encke::app
