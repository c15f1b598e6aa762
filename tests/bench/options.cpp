// The load generator's command line.
#include "tests/bench/options.hpp"

#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "tests/bench/payload.hpp"

namespace encke::bench {
namespace {

constexpr std::array<std::pair<std::string_view, Mode>, 4> kModes{
    {{"echo", Mode::Echo}, {"broadcast", Mode::Broadcast}, {"idle", Mode::Idle}, {"connect", Mode::Connect}}};

constexpr std::array<std::string_view, 14> kTransports{
    "tcp",         "http",     "websocket", "raw",   "raw_binary",       "xhr_streaming",
    "eventsource", "htmlfile", "xhr",       "jsonp", "facade_websocket", "facade_xhr_streaming",
    "facade_xhr",  "engineio"};

[[noreturn]] void usage(std::string_view complaint) {
  std::fprintf(
      stderr,
      "encke_load: %.*s\n"
      "usage: encke_load --port N [options]\n"
      "  --mode echo|broadcast|idle|connect\n"
      "  --transport tcp|http|websocket|raw|raw_binary|xhr_streaming|eventsource|htmlfile|xhr|jsonp\n"
      "              facade_websocket|facade_xhr_streaming|facade_xhr: the facade's protocol\n"
      "              engineio: Engine.IO 4 on WebSocket\n"
      "  --prefix /PATH       of the service (default /echo)\n"
      "  --sessions N         sessions, receivers, or in connect mode those under way at once\n"
      "  --size BYTES         of a message (default 32)\n"
      "  --senders N          broadcast: sessions that send, one message under way each (default 8)\n"
      "  --seconds S  --messages N   bounds of the measured phase\n"
      "  --warmup S   --timeout S    before it; of the whole run\n"
      "  --sources N          source addresses to spread over (default 16)\n"
      "  --wait               print `ready` and wait for a line before the measured phase and after it\n",
      static_cast<int>(complaint.size()), complaint.data());
  std::exit(2);
}

template <typename Number>
void read_number(std::string_view name, std::string_view text, Number& value, Number low, Number high) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size() || value < low || value > high)
    usage(std::string(name) + " wants a number from " + std::to_string(low) + " to " + std::to_string(high) +
          ", not \"" + std::string(text) + '"');
}

Mode read_mode(std::string_view text) {
  for (const auto& [name, mode] : kModes)
    if (name == text) return mode;
  usage("unknown mode \"" + std::string(text) + '"');
}

std::string read_transport(std::string_view text) {
  for (const auto name : kTransports)
    if (name == text) return std::string(text);
  usage("unknown transport \"" + std::string(text) + '"');
}

void check(const Options& options) {
  if (options.port == 0) usage("--port is missing");
  if (options.transport == "http" && options.mode != Mode::Connect)
    usage("http has no sessions: connect mode only");
  if (options.prefix.empty() || options.prefix.front() != '/') usage("--prefix starts with a slash");
}

}  // namespace

Options read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--wait") {
      options.wait = true;
      continue;
    }
    if (i + 1 == argc) usage(std::string(name) + " is unknown or lacks its value");
    const std::string_view value = argv[++i];
    if (name == "--mode") {
      options.mode = read_mode(value);
    } else if (name == "--transport") {
      options.transport = read_transport(value);
    } else if (name == "--prefix") {
      options.prefix = value;
    } else if (name == "--port") {
      read_number<std::uint16_t>(name, value, options.port, 1, 65535);
    } else if (name == "--sessions") {
      read_number<std::uint32_t>(name, value, options.sessions, 1, 100000);
    } else if (name == "--size") {
      read_number<std::size_t>(name, value, options.size, kLeastPayload, 60000);
    } else if (name == "--senders") {
      read_number<std::uint32_t>(name, value, options.senders, 1, 1000);
    } else if (name == "--sources") {
      read_number<std::uint32_t>(name, value, options.sources, 1, 250);
    } else if (name == "--seconds") {
      read_number<double>(name, value, options.seconds, 0.01, 3600);
    } else if (name == "--warmup") {
      read_number<double>(name, value, options.warmup, 0, 3600);
    } else if (name == "--timeout") {
      read_number<double>(name, value, options.timeout, 1, 7200);
    } else if (name == "--messages") {
      read_number<std::uint64_t>(name, value, options.messages, 0, 1'000'000'000);
    } else {
      usage("unknown option " + std::string(name));
    }
  }
  check(options);
  return options;
}

std::string_view mode_name(Mode mode) {
  for (const auto& [name, value] : kModes)
    if (value == mode) return name;
  return "?";
}

void fail(std::string_view text) {
  std::fflush(stdout);
  std::fprintf(stderr, "encke_load: %.*s\n", static_cast<int>(text.size()), text.data());
  _exit(1);
}

}  // namespace encke::bench
