// The log: levels, fields, escapes, and the limit of one line a second.
#include "server/app/log.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <thread>
#include <vector>

namespace encke::app::log {
namespace {

using namespace std::chrono_literals;

/// Collects what is logged until text() is asked for.
class Captured {
 public:
  explicit Captured(Level level, Format format = Format::text) : stream_(std::tmpfile()) {
    REQUIRE(stream_ != nullptr);
    start(level, stream_, format);
  }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;
  ~Captured() {
    stop();
    std::fclose(stream_);
  }

  std::string text() {
    stop();
    std::rewind(stream_);
    std::string result;
    for (int c = std::fgetc(stream_); c != EOF; c = std::fgetc(stream_)) result += static_cast<char>(c);
    return result;
  }

 private:
  std::FILE* stream_;
};

TEST_CASE("a line is a time in UTC, a level, a message and its fields") {
  Captured captured(Level::info);
  info("listening", {{"address", "127.0.0.1:8080"}, {"workers", 2}});
  const std::string text = captured.text();
  CAPTURE(text);
  std::string shape = text.substr(0, 24);
  for (char& c : shape) {
    if (c >= '0' && c <= '9') c = '0';
  }
  CHECK(shape == "0000-00-00T00:00:00.000Z");
  CHECK(text.substr(24) == " info listening address=127.0.0.1:8080 workers=2\n");
}

TEST_CASE("what is said in a message cannot begin another line, nor speak to a terminal") {
  Captured captured(Level::info);
  warning("the service threw: x\n2026 error forged\r\x1b[2J\x7f \"\\ \xc3\xbc");
  const std::string text = captured.text();
  CHECK(text.substr(24) ==
        " warning the service threw: x\\x0a2026 error forged\\x0d\\x1b[2J\\x7f \"\\ \xc3\xbc\n");
}

TEST_CASE("the controls of ISO 6429 that UTF-8 writes with two bytes do not reach a terminal either") {
  Captured captured(Level::info);
  info("a\xc2\x9b[2J\xc2\x80\xc2\x9f\xc2\xa0\xc2", {{"text", "\xc2\x9d]0;\"x\xc2"}});
  const std::string text = captured.text();
  CHECK(text.substr(24) ==
        " info a\\xc2\\x9b[2J\\xc2\\x80\\xc2\\x9f\xc2\xa0\xc2 text=\"\\xc2\\x9d]0;\\\"x\xc2\"\n");
}

TEST_CASE("as JSON a line is one object, whatever bytes are in it") {
  Captured captured(Level::info, Format::json);
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  info(bytes, {{"text", bytes}, {"count", -3}, {"quote\"d", ""}});
  const std::string text = captured.text();
  REQUIRE(std::count(text.begin(), text.end(), '\n') == 1);
  const auto line = nlohmann::json::parse(text);
  CHECK(line["level"] == "info");
  CHECK(line["time"].get<std::string>().size() == 24);
  CHECK(line["count"] == -3);
  CHECK(line["quote\"d"] == "");
  std::string cleaned = bytes.substr(0, 128);
  for (int byte = 128; byte < 256; ++byte) cleaned += "\xEF\xBF\xBD";
  CHECK(line["text"] == cleaned);
  CHECK(line["message"] == cleaned);
}

TEST_CASE("the level may change while lines are written") {
  Captured captured(Level::off);
  info("no");
  set_level(Level::debug);
  debug("yes");
  set_level(Level::error);
  info("no");
  CHECK(captured.text().ends_with(" debug yes\n"));
}

TEST_CASE("lines below the level are not written") {
  Captured captured(Level::warning);
  CHECK_FALSE(enabled(Level::info));
  CHECK(enabled(Level::warning));
  debug("no");
  info("no");
  warning("first");
  error("second");
  const std::string text = captured.text();
  CAPTURE(text);
  CHECK(text.find("no") == std::string::npos);
  CHECK(text.find(" warning first\n") != std::string::npos);
  CHECK(text.find(" error second\n") != std::string::npos);
}

TEST_CASE("what a peer sent cannot forge a line or a field") {
  Captured captured(Level::info);
  info("x", {{"path", "/a\n2026-01-01T00:00:00.000Z error forged"},
             {"agent", "a b=\"c\"\\"},
             {"empty", ""},
             {"brace", "{}"}});
  const std::string text = captured.text();
  CAPTURE(text);
  CHECK(
      text.ends_with(" info x path=\"/a\\x0a2026-01-01T00:00:00.000Z error forged\" agent=\"a "
                     "b=\\\"c\\\"\\\\\" empty=\"\" brace={}\n"));
}

TEST_CASE("before the start and after the end lines are dropped in silence") {
  stop();
  CHECK_FALSE(enabled(Level::error));
  error("nobody hears this");
}

TEST_CASE("off writes nothing") {
  Captured captured(Level::off);
  CHECK_FALSE(enabled(Level::error));
  error("nothing");
  CHECK(captured.text().empty());
}

TEST_CASE("lines of several threads are whole") {
  Captured captured(Level::info);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([thread] {
      for (int line = 0; line < 100; ++line) info("line", {{"thread", thread}, {"number", line}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string text = captured.text();
  CHECK(std::count(text.begin(), text.end(), '\n') == 400);
  for (const std::string_view last :
       {"thread=0 number=99\n", "thread=1 number=99\n", "thread=2 number=99\n", "thread=3 number=99\n"}) {
    CHECK(text.find(last) != std::string::npos);
  }
}

TEST_CASE("levels have their words") {
  for (const Level level :
       {Level::trace, Level::debug, Level::info, Level::warning, Level::error, Level::off}) {
    CHECK(parse_level(to_string(level)) == level);
  }
  CHECK_FALSE(parse_level("warn"));
  CHECK_FALSE(parse_level(""));
}

TEST_CASE("one line a second passes, and tells how many were held back") {
  OncePerSecond limit;
  const std::chrono::steady_clock::time_point begin(1h);
  CHECK(limit.admit(begin) == 0u);
  CHECK_FALSE(limit.admit(begin));
  CHECK_FALSE(limit.admit(begin + 999ms));
  CHECK(limit.admit(begin + 1s) == 2u);
  CHECK_FALSE(limit.admit(begin + 1999ms));
  CHECK(limit.admit(begin + 10s) == 1u);
  CHECK(limit.admit(begin + 11s) == 0u);
}

}  // namespace
}  // namespace encke::app::log
