// Numbers as JavaScript writes them (ECMA-262, Number::toString).
#include "transports/shared/js_number.hpp"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <system_error>

namespace encke::sockjs {

namespace {

double to_double(std::string_view json) {
  double value = 0;
  const auto read = std::from_chars(json.data(), json.data() + json.size(), value);
  // Out of range, from_chars does not say on which side.
  if (read.ec == std::errc::result_out_of_range) value = std::strtod(std::string(json).c_str(), nullptr);
  return value;
}

}  // namespace

void append_js_number(std::string_view json, std::string& out) {
  const double value = to_double(json);
  if (value < 0) out += '-';
  if (std::isinf(value)) {
    out += "Infinity";
    return;
  }
  // "d.ddde±xx": the shortest digits, and where the point belongs.
  char text[40];
  const auto written =
      std::to_chars(text, text + sizeof text, std::fabs(value), std::chars_format::scientific);
  const std::string_view shortest(text, static_cast<std::size_t>(written.ptr - text));
  const std::size_t mark = shortest.find('e');
  std::string digits(shortest.substr(0, 1));
  if (mark > 2) digits += shortest.substr(2, mark - 2);
  const std::size_t exponent_at = shortest[mark + 1] == '+' ? mark + 2 : mark + 1;
  int exponent = 0;
  std::from_chars(text + exponent_at, written.ptr, exponent);
  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;  // digits before the point

  if (point > 21 || point < -5) {
    out += digits[0];
    if (count > 1) out.append(1, '.').append(digits, 1);
    out += exponent < 0 ? "e-" : "e+";
    out += std::to_string(std::abs(exponent));
  } else if (point >= count) {
    out += digits;
    out.append(static_cast<std::size_t>(point - count), '0');
  } else if (point > 0) {
    out.append(digits, 0, static_cast<std::size_t>(point))
        .append(1, '.')
        .append(digits, static_cast<std::size_t>(point));
  } else {
    out.append("0.").append(static_cast<std::size_t>(-point), '0').append(digits);
  }
}

}  // namespace encke::sockjs
