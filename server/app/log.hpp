// The log: lines to stderr, written by a thread of its own, so that no loop waits for a terminal or a full
// pipe.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace encke::app::log {

enum class Level : std::uint8_t { trace, debug, info, warning, error, off };

enum class Format : std::uint8_t {
  text,  ///< a line for people
  json,  ///< a line that is a JSON object
};

/// "trace" ... "off"; nothing for other words.
std::optional<Level> parse_level(std::string_view word);
std::string_view to_string(Level level);

/// One key=value of a line. Secrets, cookies and message contents do not belong here.
struct Field {
  Field(std::string_view name, std::string_view text) : key(name), value(text) {}
  Field(std::string_view name, const char* text) : key(name), value(text) {}
  Field(std::string_view name, const std::string& text) : key(name), value(text) {}
  Field(std::string_view name, std::integral auto count)
      : key(name), value(std::to_string(count)), is_number(true) {}

  std::string_view key;
  std::string value;
  bool is_number = false;
};

/// Begins to log lines of this level and above. Before start() and after stop() every line is dropped in
/// silence, so that a program which embeds the server hears nothing that it did not ask for.
void start(Level level, std::FILE* stream = stderr, Format format = Format::text);
/// From now on lines of this level and above. Any thread, between start() and stop().
void set_level(Level level);

/// Writes what is queued, and ends the thread. No other thread may be logging.
void stop();

bool enabled(Level level);

/// Queues "2026-01-31T23:59:59.999Z level message key=value ...": UTC; a value with blanks, quotes or control
/// characters is quoted and escaped, so that what peers sent cannot forge a line. Or, as JSON,
/// {"time":"2026-...","level":"info","message":"...","key":"value"}: UTF-8, what is not well-formed being
/// U+FFFD. Any thread; never blocks:
/// when 8192 lines wait, the oldest is dropped.
void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});

inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::debug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::info, message, fields);
}
inline void warning(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::warning, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::error, message, fields);
}

/// Lets one line through in each second, and counts the others. Belongs to one thread.
class OncePerSecond {
 public:
  /// How many were held back since the last one that passed; nothing when this one is held back too.
  std::optional<std::uint64_t> admit(std::chrono::steady_clock::time_point now);

 private:
  std::optional<std::chrono::steady_clock::time_point> last_;
  std::uint64_t held_back_ = 0;
};

}  // namespace encke::app::log
