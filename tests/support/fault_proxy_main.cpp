// The fault proxy as a program, for tests that are not in C++. Prints its port; ends when its standard input
// does.
#include "tests/support/fault_proxy.hpp"

#include <event2/event.h>
#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

namespace encke::test {
namespace {

[[noreturn]] void explain(std::string_view wrong) {
  std::fprintf(
      stderr,
      "encke_fault_proxy: %.*s\n"
      "usage: encke_fault_proxy --to PORT [--listen PORT] [--seed N] [--profile NAME] [--seconds N]\n"
      "profiles:",
      static_cast<int>(wrong.size()), wrong.data());
  for (const FaultProfile& profile : fault_profiles()) std::fprintf(stderr, " %s", profile.name.data());
  std::fputc('\n', stderr);
  std::exit(2);
}

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) explain("expected a number");
  return value;
}

/// Ends the loop once nobody holds the other end of our input.
void on_input(evutil_socket_t input, short, void* base) {
  char dropped[256];
  if (read(input, dropped, sizeof dropped) <= 0) event_base_loopbreak(static_cast<event_base*>(base));
}

int run(int count, char** arguments) {
  std::uint64_t to = 0;
  std::uint64_t port = 0;
  std::uint64_t seed = 1;
  std::uint64_t seconds = 600;
  const FaultProfile* profile = find_fault_profile("mixed");
  for (int i = 1; i < count; i += 2) {
    const std::string_view name = arguments[i];
    if (i + 1 == count) explain("a value is missing");
    const std::string_view value = arguments[i + 1];
    if (name == "--to") {
      to = number(value);
    } else if (name == "--listen") {
      port = number(value);
    } else if (name == "--seed") {
      seed = number(value);
    } else if (name == "--seconds") {
      seconds = number(value);
    } else if (name == "--profile") {
      profile = find_fault_profile(value);
    } else {
      explain(name);
    }
  }
  if (to == 0 || to > 65535 || port > 65535) explain("--to and --listen are ports");
  if (profile == nullptr) explain("there is no such profile");
  event_base* const base = event_base_new();
  {
    const FaultProxy proxy(base, static_cast<std::uint16_t>(to), fault_planner(*profile, seed),
                           static_cast<std::uint16_t>(port));
    std::printf("%u\n", unsigned{proxy.port()});
    std::fflush(stdout);
    event* const input = event_new(base, STDIN_FILENO, EV_READ | EV_PERSIST, on_input, base);
    // Not an error where the input is a file, which epoll cannot watch: then the time ends it.
    event_add(input, nullptr);
    const timeval limit{static_cast<time_t>(seconds), 0};
    event_base_loopexit(base, &limit);
    event_base_dispatch(base);
    event_free(input);
    std::fprintf(stderr, "encke_fault_proxy: %u connections, %u faults\n", proxy.connections(),
                 proxy.faults());
  }
  event_base_free(base);
  return 0;
}

}  // namespace
}  // namespace encke::test

int main(int count, char** arguments) {
  try {
    return encke::test::run(count, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "encke_fault_proxy: %s\n", error.what());
    return 1;
  }
}
