// What is wrong with limits and networks that a program or a file sets.
#include "server/app/limit_faults.hpp"

#include "server/core/address.hpp"

#include <array>
#include <chrono>
#include <utility>

namespace encke {

namespace {

constexpr std::size_t kLeastHead = 1024;

}  // namespace

bool is_network(std::string_view text) { return Network::parse(text).has_value(); }

std::string fault_of(std::string_view what, const std::vector<std::string>& networks) {
  for (const std::string& text : networks) {
    if (is_network(text)) continue;
    return std::string(what) + ": \"" + text + "\" is none, expected " + std::string(kNetworkForm);
  }
  return {};
}

std::string fault_of(const ServerLimits& limits) {
  if (std::string fault = fault_of("limits.unlimited_addresses", limits.unlimited_addresses); !fault.empty())
    return fault;
  if (limits.head_bytes < kLeastHead) {
    return "limits.head_bytes is " + std::to_string(limits.head_bytes) + ", expected at least " +
           std::to_string(kLeastHead);
  }
  if (limits.head_fields == 0) return "limits.head_fields is 0, expected at least 1";
  const std::array<std::pair<std::string_view, std::chrono::milliseconds>, 6> times{
      {{"handshake_time", limits.handshake_time},
       {"head_time", limits.head_time},
       {"body_time", limits.body_time},
       {"idle_time", limits.idle_time},
       {"close_time", limits.close_time},
       {"burst", limits.burst}}};
  for (const auto& [name, time] : times) {
    if (time > time.zero()) continue;
    return "limits." + std::string(name) + " is " + std::to_string(time.count()) + " ms, expected some time";
  }
  return {};
}

}  // namespace encke
