// The log on spdlog: one asynchronous logger, one bounded queue, one thread.
#include "server/app/log.hpp"

#include "server/crypto/hex.hpp"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <nlohmann/json.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

namespace encke::app::log {
namespace {

constexpr std::size_t kQueuedLines =
    8192;  // some 2 MB at most; a burst, not an outage, is what it has to hold
constexpr std::array<std::string_view, 6> kNames{"trace", "debug", "info", "warning", "error", "off"};

struct Log {
  std::atomic<Level> level{Level::off};
  Format format = Format::text;
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
};

Log& the_log() {
  static Log log;
  return log;
}

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::trace:
      return spdlog::level::trace;
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
    case Level::off:
      break;
  }
  return spdlog::level::off;
}

bool is_plain(std::string_view value) {
  for (const char c : value) {
    if (c <= ' ' || c == '"' || c == '\\' || c == '=' || c == '\x7f')
      return false;  // and, char being signed, non-ASCII
  }
  return !value.empty();
}

/// Without what would begin another line, or speak to a terminal: to some U+009B does, as ESC [ would. Within
/// quotes, what they need is escaped.
void append_visible(std::string& line, std::string_view text, bool quoted = false) {
  bool second = false;  // of the two bytes of U+0080 to U+009F
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    const bool first = byte == 0xc2 && next >= 0x80 && next < 0xa0;
    if (byte < 0x20 || byte == 0x7f || first || second) {
      line.append("\\x").append(crypto::hex({&byte, 1}));
    } else {
      if (quoted && (text[i] == '"' || text[i] == '\\')) line += '\\';
      line += text[i];
    }
    second = first;
  }
}

void append_value(std::string& line, std::string_view value) {
  if (is_plain(value)) {
    line += value;
    return;
  }
  line += '"';
  append_visible(line, value, true);
  line += '"';
}

void append_json(std::string& line, std::string_view value) {
  line += nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string as_text(std::string_view message, std::initializer_list<Field> fields) {
  std::string line;
  append_visible(line, message);
  for (const Field& field : fields) {
    ((line += ' ') += field.key) += '=';
    append_value(line, field.value);
  }
  return line;
}

/// What stands behind the time and the level.
std::string as_members(std::string_view message, std::initializer_list<Field> fields) {
  std::string line = "\"message\":";
  append_json(line, message);
  for (const Field& field : fields) {
    line += ',';
    append_json(line, field.key);
    line += ':';
    if (field.is_number) {
      line += field.value;
    } else {
      append_json(line, field.value);
    }
  }
  return line;
}

constexpr std::string_view kTextPattern = "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
constexpr std::string_view kJsonPattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";

}  // namespace

std::optional<Level> parse_level(std::string_view word) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == word) return static_cast<Level>(i);
  }
  return std::nullopt;
}

std::string_view to_string(Level level) { return kNames[static_cast<std::size_t>(level)]; }

void start(Level level, std::FILE* stream, Format format) {
  stop();
  Log& log = the_log();
  auto sink = std::make_shared<spdlog::sinks::stdout_sink_base<spdlog::details::console_mutex>>(stream);
  log.pool = std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1);
  log.logger = std::make_shared<spdlog::async_logger>("encke", std::move(sink), log.pool,
                                                      spdlog::async_overflow_policy::overrun_oldest);
  log.logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      std::string(format == Format::json ? kJsonPattern : kTextPattern), spdlog::pattern_time_type::utc));
  log.logger->set_level(spdlog::level::trace);  // which lines there are is told here, by `level`
  log.format = format;
  log.level = level;
}

void set_level(Level level) {
  if (the_log().logger) the_log().level = level;
}

void stop() {
  Log& log = the_log();
  log.level = Level::off;
  log.pool.reset();  // first: joins the thread, which may still hold the logger
  log.logger.reset();
}

bool enabled(Level level) { return level != Level::off && level >= the_log().level; }

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (!enabled(level)) return;
  const std::string line =
      the_log().format == Format::json ? as_members(message, fields) : as_text(message, fields);
  the_log().logger->log(spdlog_level(level), line);
}

std::optional<std::uint64_t> OncePerSecond::admit(std::chrono::steady_clock::time_point now) {
  if (last_ && now - *last_ < std::chrono::seconds(1)) {
    ++held_back_;
    return std::nullopt;
  }
  last_ = now;
  return std::exchange(held_back_, 0);
}

}  // namespace encke::app::log
