// Listening sockets that systemd hands in: LISTEN_FDS many from descriptor 3 on, for the process LISTEN_PID,
// with their names in LISTEN_FDNAMES, colons between them.
#include "server/net/inherited.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>

namespace encke::net {

namespace {

constexpr int kFirstDescriptor = 3;
constexpr int kMostDescriptors = 1024;
constexpr std::string_view kNameless = "unknown";  // as sd_listen_fds_with_names(3) has it

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here sets any
  return value == nullptr ? std::string_view() : value;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || end != text.data() + text.size() || error != std::errc{}) return std::nullopt;
  return value;
}

/// The names of the sockets, the first that of descriptor 3. Throws the reason where there are none.
std::vector<std::string> names_handed_in() {
  const std::string_view count_text = variable("LISTEN_FDS");
  const std::string_view process = variable("LISTEN_PID");
  if (count_text.empty() || process.empty()) {
    throw std::runtime_error("no sockets were handed in (LISTEN_FDS and LISTEN_PID are not set)");
  }
  if (number(process) != ::getpid()) {
    throw std::runtime_error("sockets were handed in to process " + std::string(process) + ", and this is " +
                             std::to_string(::getpid()));
  }
  const int count = number(count_text).value_or(0);
  if (count < 1 || count > kMostDescriptors) {
    throw std::runtime_error("LISTEN_FDS is \"" + std::string(count_text) +
                             "\", expected a number of sockets");
  }
  std::vector<std::string> names;
  std::string_view list = variable("LISTEN_FDNAMES");
  while (!list.empty()) {
    const std::size_t colon = list.find(':');
    names.emplace_back(list.substr(0, colon));
    list = colon == std::string_view::npos ? std::string_view() : list.substr(colon + 1);
  }
  names.resize(static_cast<std::size_t>(count), std::string(kNameless));
  return names;
}

struct Taken {
  std::mutex mutex;
  std::set<std::string> names;
};
Taken& taken() {
  static Taken all;
  return all;
}

/// A second taker would get descriptors that are somebody else's by now.
bool take(const std::string& name) {
  const std::lock_guard lock(taken().mutex);
  return taken().names.insert(name).second;
}

}  // namespace

std::vector<Bound> take_inherited(const std::string& address, unsigned workers) {
  const std::string cannot = "cannot listen on " + address + ": ";
  const std::string name = address.substr(kInherited.size());
  std::vector<std::string> names;
  try {
    names = names_handed_in();
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(cannot + error.what());
  }
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    std::string known;
    for (const std::string& each : names) known += (known.empty() ? "" : ", ") + each;
    throw std::runtime_error(cannot + "no socket of that name was handed in; there are " + known);
  }
  if (!take(name)) throw std::runtime_error(cannot + "these sockets are in use already");
  std::vector<Bound> bound;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name)
      bound.push_back(share_listener(kFirstDescriptor + static_cast<int>(i), workers, address));
  }
  return bound;
}

std::vector<std::string> unused_inherited() {
  std::vector<std::string> names;
  try {
    names = names_handed_in();
  } catch (const std::runtime_error&) {
    return {};
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  const std::lock_guard lock(taken().mutex);
  std::erase_if(names, [](const std::string& name) { return taken().names.contains(name); });
  return names;
}

}  // namespace encke::net
