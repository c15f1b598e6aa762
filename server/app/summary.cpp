// What happened while the server ran, in words for the log.
#include "server/app/summary.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace encke::app {

std::string summary(const std::string& path, const ServiceCounts& counts) {
  const std::array<std::pair<std::uint64_t, std::string_view>, 10> events{{
      {counts.resumed, "carriers resumed"},
      {counts.expired, "sessions expired"},
      {counts.repeated_up, "messages from browsers repeated"},
      {counts.repeated_down, "messages to browsers repeated"},
      {counts.slow_closed, "slow readers closed"},
      {counts.slow_blocked, "messages refused for want of room"},
      {counts.slow_dropped, "messages dropped for want of room"},
      {counts.reports, "reports of pages"},
      {counts.refused_origins, "requests refused for their origin"},
      {counts.refused_access, "requests refused for want of access"},
  }};
  std::string text;
  for (const auto& [count, what] : events) {
    if (count > 0) text += ", " + std::to_string(count) + " " + std::string(what);
  }
  return text.empty() ? text
                      : "service " + path + ": " + std::to_string(counts.opened) + " sessions opened" + text;
}

std::string summary(const FlashPolicyCounts& counts) {
  if (counts.answered + counts.refused + counts.wrong + counts.late == 0) return {};
  return "flash policy: " + std::to_string(counts.answered) + " requests answered, " +
         std::to_string(counts.refused) + " refused, " + std::to_string(counts.wrong) +
         " that asked for something else, " + std::to_string(counts.late) + " too late";
}

}  // namespace encke::app
