#pragma once

#include <string_view>

namespace encke::crypto {

/// Whether two secrets are equal, in a time that depends on their lengths only.
bool constant_time_equal(std::string_view a, std::string_view b);

}  // namespace encke::crypto
