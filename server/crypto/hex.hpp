#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace encke::crypto {

/// Two lowercase hexadecimal digits for each byte.
std::string hex(std::span<const std::uint8_t> bytes);

}  // namespace encke::crypto
