// Samples of where the time of an exchange with a page goes (PROTOCOL 6.14).
#pragma once

#include "server/core/session.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace encke::facade {

/// What a page says of the sample before, in microseconds: its word.
struct Measured {
  std::uint64_t network = 0;  ///< there and back, without the server's part
  std::uint64_t client = 0;   ///< its handlers
};

/// What a frame `t` says: `t` alone, or `tNETWORK,CLIENT`. Nothing where it is broken.
struct SampleFrame {
  std::optional<Measured> before;
};
std::optional<SampleFrame> parse_sample(std::string_view frame);

/// So many samples of a service count in a second, on one loop and for each transport: what pages say costs
/// no more than that, and one page moves a histogram no further.
inline constexpr unsigned kMostSamples = 100;
/// What is longer counts as this.
inline constexpr std::chrono::seconds kLongestSample{60};

/// From the arrival of a letter with a sample until the service has been given what came with it.
class SampleWatch {
 public:
  using Clock = std::chrono::steady_clock;

  explicit SampleWatch(Clock::time_point arrived = Clock::now()) : arrived_(arrived) {}
  /// Counts the sample, and what `frame` says of the one before, for the session's transport. Answers the
  /// frame for the page, `tSERVER`.
  std::string done(Session& session, const SampleFrame& frame, Clock::time_point now = Clock::now()) const;

 private:
  Clock::time_point arrived_;
};

}  // namespace encke::facade
