// Form bodies and query strings.
#include "transports/shared/form.hpp"

#include "server/http/field_text.hpp"

#include <cstddef>

namespace encke::sockjs {

std::string percent_decode(std::string_view text, bool plus_is_blank) {
  const std::string_view special = plus_is_blank ? "%+" : "%";
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t at = text.find_first_of(special);
    out.append(text, 0, at);
    if (at == std::string_view::npos) break;
    text.remove_prefix(at);
    const int high = text[0] == '%' && text.size() > 2 ? http::hex_value(text[1]) : -1;
    const int low = high >= 0 ? http::hex_value(text[2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high << 4 | low);
      text.remove_prefix(3);
    } else {
      out += text[0] == '+' ? ' ' : '%';
      text.remove_prefix(1);
    }
  }
  return out;
}

std::optional<std::string> form_field(std::string_view body, std::string_view name) {
  for (;;) {
    const std::size_t end = body.find('&');
    const std::string_view field = body.substr(0, end);
    if (field.starts_with(name)) {
      if (field.size() == name.size()) return std::string();
      if (field[name.size()] == '=') return percent_decode(field.substr(name.size() + 1), true);
    }
    if (end == std::string_view::npos) return std::nullopt;
    body.remove_prefix(end + 1);
  }
}

}  // namespace encke::sockjs
