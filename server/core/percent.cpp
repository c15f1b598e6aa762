// Percent-encoding.
#include "server/core/percent.hpp"

#include <cstddef>

namespace encke {

namespace {

/// The value of a hexadecimal digit; -1 for any other character.
int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

std::string percent_decode(std::string_view text, bool plus_is_blank) {
  const std::string_view special = plus_is_blank ? "%+" : "%";
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t at = text.find_first_of(special);
    out.append(text, 0, at);
    if (at == std::string_view::npos) break;
    text.remove_prefix(at);
    const int high = text[0] == '%' && text.size() > 2 ? hex_value(text[1]) : -1;
    const int low = high >= 0 ? hex_value(text[2]) : -1;
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

}  // namespace encke
