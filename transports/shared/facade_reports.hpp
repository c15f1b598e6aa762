// What pages of the facade's report of the transports that they tried (PROTOCOL 6.12).
#pragma once

#include "server/core/result.hpp"
#include "server/core/sessions.hpp"
#include "server/http/exchange.hpp"

#include <encke/report.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

namespace encke::facade {

using ReportSink = std::function<void(const ReportLine&)>;

inline constexpr std::size_t kLongestReport = 4096;  ///< bytes
inline constexpr std::size_t kMostReportLines = 20;
inline constexpr std::size_t kLongestReportLine = 300;  ///< bytes; what is more is cut off
/// A session may report once in this time, and so many of a loop's sessions of one service: what pages write
/// fills no disk.
inline constexpr Millis kReportTime{60'000};
inline constexpr std::size_t kMostReports = 20;

/// `line` as one line of a log: ill-formed UTF-8, control characters, and those that turn or hide what
/// follows, are U+FFFD; blanks for tabs; at most kLongestReportLine bytes.
std::string legible(std::string_view line);

/// Takes the reports of one service on one loop.
class Reports {
 public:
  /// `sink`, which may be null, is called for each line.
  explicit Reports(ReportSink sink) : sink_(std::move(sink)) {}

  /// Answers POST report. Errors 400, 403, 404 and 413.
  Result<void> take(http::Exchange& exchange, Sessions& sessions);

 private:
  struct Taken {
    Millis when;
    std::string session;
  };

  Millis wait_for(std::string_view session, Millis now);

  const ReportSink sink_;
  std::deque<Taken> taken_;  // in the last kReportTime, the oldest first
};

}  // namespace encke::facade
