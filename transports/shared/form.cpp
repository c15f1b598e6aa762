// Form bodies and query strings.
#include "transports/shared/form.hpp"

#include <cstddef>

namespace encke::sockjs {

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
