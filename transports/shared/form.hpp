// Form bodies and query strings: application/x-www-form-urlencoded.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace encke::sockjs {

/// Decodes `%XX` and, where `plus_is_blank`, `+`. A `%` that two hexadecimal digits do not follow stays as it
/// is. The result may hold any bytes.
std::string percent_decode(std::string_view text, bool plus_is_blank);

/// The decoded value of the first field `name` of `a=1&name=value&...`; a field without `=` has an empty
/// value. Names are compared as they stand, undecoded.
std::optional<std::string> form_field(std::string_view body, std::string_view name);

}  // namespace encke::sockjs
