// Samples of where the time of an exchange goes.
#include "transports/shared/facade_timings.hpp"

#include "server/core/sessions.hpp"
#include "transports/shared/facade_frames.hpp"

#include <algorithm>

namespace encke::facade {

namespace {

double seconds_of(std::uint64_t micros) {
  constexpr auto kLongest = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(kLongestSample).count());
  return static_cast<double>(std::min(micros, kLongest)) / 1e6;
}

}  // namespace

std::optional<SampleFrame> parse_sample(std::string_view frame) {
  frame.remove_prefix(1);
  if (frame.empty()) return SampleFrame{};
  const std::size_t comma = frame.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const std::optional<std::uint64_t> network = parse_number(frame.substr(0, comma));
  const std::optional<std::uint64_t> client = parse_number(frame.substr(comma + 1));
  if (!network || !client) return std::nullopt;
  return SampleFrame{Measured{*network, *client}};
}

std::string SampleWatch::done(Session& session, const SampleFrame& frame, Clock::time_point now) const {
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - arrived_);
  const auto server = static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0));
  Sessions& sessions = session.sessions();
  if (Timings* const timings =
          sessions.traffic()[session.transport()].sample(sessions.loop().timers.now(), kMostSamples)) {
    timings->server.add(seconds_of(server));
    if (frame.before) {
      timings->network.add(seconds_of(frame.before->network));
      timings->client.add(seconds_of(frame.before->client));
    }
  }
  return std::string("t").append(std::to_string(server));
}

}  // namespace encke::facade
