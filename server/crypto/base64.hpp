#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace encke::crypto {

/// Base64 of `bytes` (RFC 4648 section 4), padded, without line breaks.
std::string base64_encode(std::span<const std::uint8_t> bytes);

/// The same for text.
std::string base64_encode(std::string_view bytes);

/// The bytes of a base64 text; nothing unless it is exactly what base64_encode would give for them: padded,
/// no blanks, no other alphabet, unused bits zero.
std::optional<std::string> base64_decode(std::string_view text);

/// Base64 for URLs and file names (RFC 4648 section 5), without padding.
std::string base64url_encode(std::span<const std::uint8_t> bytes);

/// As base64_decode, for what base64url_encode gives.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace encke::crypto
