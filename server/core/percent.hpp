// Percent-encoding, as queries and forms have it.
#pragma once

#include <string>
#include <string_view>

namespace encke {

/// Decodes `%XX` and, where `plus_is_blank`, `+`. A `%` that two hexadecimal digits do not follow stays as it
/// is. The result may hold any bytes.
std::string percent_decode(std::string_view text, bool plus_is_blank);

}  // namespace encke
