// What pages of the facade's report.
#include "transports/shared/facade_reports.hpp"

#include "transports/shared/facade_frames.hpp"
#include "transports/shared/facade_origin.hpp"
#include "transports/shared/facade_session.hpp"
#include "transports/shared/form.hpp"
#include "transports/shared/network.hpp"
#include "transports/shared/service_head.hpp"
#include "transports/shared/utf8.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

namespace encke::facade {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

/// Controls, line and paragraph separators, and what changes the direction of text or has no width: none of
/// it belongs in a line that somebody reads in a terminal.
bool is_legible(std::uint32_t value) {
  constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 8> kHidden{{{0x00, 0x1f},
                                                                            {0x7f, 0x9f},
                                                                            {0x61c, 0x61c},
                                                                            {0x200b, 0x200f},
                                                                            {0x2028, 0x202e},
                                                                            {0x2060, 0x206f},
                                                                            {0xfeff, 0xfeff},
                                                                            {0xe0000, 0xe0fff}}};
  return std::none_of(kHidden.begin(), kHidden.end(),
                      [value](const auto& range) { return value >= range.first && value <= range.second; });
}

/// The report: the form field `d`, or all of a body that is no form.
std::string report_in(const http::Request& request) {
  const std::string_view type = request.field("content-type");
  if (http::same_text(http::trim(type.substr(0, type.find(';'))), "application/x-www-form-urlencoded")) {
    return sockjs::form_field(request.body, "d").value_or(std::string{});
  }
  return std::string(request.body);
}

/// Its lines but for empty ones.
std::vector<std::string_view> lines_of(std::string_view report) {
  std::vector<std::string_view> lines;
  while (!report.empty()) {
    const std::size_t end = report.find_first_of("\r\n");
    if (end > 0) lines.push_back(report.substr(0, end));
    report.remove_prefix(end == std::string_view::npos ? report.size() : end + 1);
  }
  return lines;
}

}  // namespace

std::string legible(std::string_view line) {
  std::string text;
  for (std::size_t at = 0; at < line.size();) {
    const sockjs::CodePoint found = sockjs::decode_utf8(line, at);
    std::string_view piece = line.substr(at, found.size);
    if (piece == "\t") {
      piece = " ";
    } else if (!found.valid || !is_legible(found.value)) {
      piece = kReplacement;
    }
    if (text.size() + piece.size() > kLongestReportLine) break;
    text += piece;
    at += found.size;
  }
  return text;
}

/// How long until `session` may report; not above zero: it may, and has.
Millis Reports::wait_for(std::string_view session, Millis now) {
  while (!taken_.empty() && taken_.front().when + kReportTime <= now) taken_.pop_front();
  const auto before = std::find_if(taken_.begin(), taken_.end(),
                                   [session](const Taken& taken) { return taken.session == session; });
  if (before != taken_.end()) return before->when + kReportTime - now;
  if (taken_.size() >= kMostReports) return taken_.front().when + kReportTime - now;
  taken_.push_back({now, std::string(session)});
  return Millis{0};
}

Result<void> Reports::take(http::Exchange& exchange, Sessions& sessions) {
  const http::Request& request = exchange.request();
  const Result<Session*> session = find(sessions, request.captured, told_origin(request));
  if (!session) return session.error();
  const std::string report = report_in(request);
  const std::vector<std::string_view> lines = lines_of(report);
  if (lines.empty()) return PeerError{.status = 400, .text = "the report is empty; expected lines of text"};
  if (report.size() > kLongestReport || lines.size() > kMostReportLines) {
    return PeerError{.status = 413,
                     .close_code = close_code::kTooBig,
                     .text = "the report is too long; expected at most " + std::to_string(kLongestReport) +
                             " bytes and " + std::to_string(kMostReportLines) + " lines"};
  }
  const sockjs::ServiceHead heads(request, sessions.options(), true);
  const Millis wait = wait_for((*session)->id(), sessions.loop().timers.now());
  if (wait > Millis{0}) {
    http::ResponseHead head = heads.make(429);
    std::string body;
    append_refusal({.status = 429, .text = "reports come too often; expected at most one a minute"}, body);
    exchange.respond(head.type(http::kPlainText).retry_after(wait), body + "\n");
    return {};
  }
  LiveCounts::add(sessions.counts().reports);
  if (sink_) {
    const std::string network = network_of(exchange.remote_address());
    for (const std::string_view line : lines) {
      const std::string text = legible(line);
      sink_({.service = sessions.path(), .network = network, .text = text});
    }
  }
  exchange.respond(heads.make(204), {});
  return {};
}

}  // namespace encke::facade
