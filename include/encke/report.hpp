// What a page of the facade's tells of the transports that it tried.
#pragma once

#include <string_view>

namespace encke {

/// One line of a report. The views are valid during the call that they are passed to.
struct ReportLine {
  std::string_view service;  ///< the service's path, "/echo"
  std::string_view network;  ///< eight hexadecimal digits, the same for all clients of one network
  /// What the page wrote, and whatever it liked: UTF-8 without control characters and line ends, at most 300
  /// bytes.
  std::string_view text;
};

}  // namespace encke
