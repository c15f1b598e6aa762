// What a page asks a gateway for.
#include "server/services/target_request.hpp"

#include <algorithm>
#include <string_view>

namespace encke::services {

namespace {

bool is_visible(char byte) { return byte > ' ' && byte < '\x7f'; }
bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

/// Something, a colon, and a number.
bool is_target_form(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  return colon != std::string_view::npos && colon > 0 && colon + 1 < text.size() &&
         std::all_of(text.begin() + static_cast<std::ptrdiff_t>(colon) + 1, text.end(), is_digit) &&
         std::all_of(text.begin(), text.end(), is_visible);
}

}  // namespace

TargetRequest parse_target_request(const Message& message, bool text_unless_said) {
  TargetRequest request{.text = text_unless_said};
  std::string_view line = message.data();
  if (message.is_binary() || line.size() > kMostRequestBytes) return request;
  if (line.ends_with('\n')) line.remove_suffix(1);
  const std::size_t blank = line.find(' ');
  if (blank != std::string_view::npos) {
    const std::string_view kind = line.substr(blank + 1);
    if (kind != "text" && kind != "binary") return request;
    request.text = kind == "text";
    line = line.substr(0, blank);
  }
  if (!is_target_form(line)) return request;
  request.asked = std::string(line);
  request.to = net::Endpoint::parse(line);
  if (request.to && request.to->is_local()) request.to.reset();
  request.kind = request.to ? TargetRequest::Kind::target : TargetRequest::Kind::impossible;
  return request;
}

}  // namespace encke::services
