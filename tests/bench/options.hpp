#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace encke::bench {

enum class Mode { Echo, Broadcast, Idle, Connect };

/// What one run of the load generator does. All times are in seconds.
struct Options {
  Mode mode = Mode::Echo;
  std::string transport = "websocket";
  std::string prefix = "/echo";
  std::uint16_t port = 0;
  std::uint32_t sessions = 1;  // in connect mode: how many are under way at any moment
  std::size_t size = 32;       // bytes of a message
  std::uint32_t senders = 8;   // broadcast: how many sessions send, each with one message under way
  std::uint32_t sources = 16;  // source addresses 127.0.0.1 to 127.0.0.N, so that ports do not run short
  double seconds = 1;
  double warmup = 0.2;
  double timeout = 60;         // bounds the whole run
  std::uint64_t messages = 0;  // bounds the measured phase by count too; 0: by time alone
  bool wait = false;           // talk to the measuring program over standard input
};

/// Reads the command line; ends the process with a usage text when it is wrong.
Options read_options(int argc, char** argv);

std::string_view mode_name(Mode mode);

/// Ends the process with exit code 1 and `text` on standard error: a wrong answer makes a measurement
/// worthless.
[[noreturn]] void fail(std::string_view text);

}  // namespace encke::bench
