// Form bodies and query strings: application/x-www-form-urlencoded.
#pragma once

#include "server/core/percent.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace encke::sockjs {

using encke::percent_decode;

/// The decoded value of the first field `name` of `a=1&name=value&...`; a field without `=` has an empty
/// value. Names are compared as they stand, undecoded.
std::optional<std::string> form_field(std::string_view body, std::string_view name);

}  // namespace encke::sockjs
