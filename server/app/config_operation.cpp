// The "log" and "drain" of a configuration file.
#include "server/app/config_operation.hpp"

#include <array>
#include <chrono>
#include <string_view>

namespace encke::app {

using nlohmann::json;
using namespace std::chrono_literals;

void read_log(const json& value, Config& config, ConfigErrors& errors) {
  constexpr std::array<std::string_view, 6> kLevels{"trace", "debug", "info", "warning", "error", "off"};
  constexpr std::array<std::string_view, 2> kFormats{"text", "json"};
  ObjectReader reader(value, "$.log", errors);
  reader.allow({"level", "format", "access"});
  if (const auto word = reader.read_word("level", kLevels)) config.log_level = *log::parse_level(*word);
  if (const auto word = reader.read_word("format", kFormats)) {
    config.log_format = *word == "json" ? log::Format::json : log::Format::text;
  }
  reader.read("access", config.log_access);
}

void read_drain(const json& value, Config& config, ConfigErrors& errors) {
  ObjectReader reader(value, "$.drain", errors);
  reader.allow({"notice_seconds", "sessions_per_second", "deadline_seconds"});
  reader.read_seconds("notice_seconds", config.drain.notice, 100ms, 1h, true);
  reader.read("sessions_per_second", config.drain.sessions_per_second, "a number of sessions", 1, 1'000'000);
  reader.read_seconds("deadline_seconds", config.drain.deadline, 100ms, 24h, true);
  if (config.drain.notice > config.drain.deadline) {
    errors.add(reader.path_of("notice_seconds"), "is longer than deadline_seconds, expected less");
  }
}

}  // namespace encke::app
