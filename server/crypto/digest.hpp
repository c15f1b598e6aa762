#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace encke::crypto {

using Sha1 = std::array<std::uint8_t, 20>;
using Md5 = std::array<std::uint8_t, 16>;
using Sha256 = std::array<std::uint8_t, 32>;

/// The SHA-1 digest of `bytes` (WebSocket handshakes; no security rests on it).
Sha1 sha1(std::string_view bytes);

/// The MD5 digest of `bytes` (hixie-76 challenges and entity tags; no security rests on it).
Md5 md5(std::string_view bytes);

/// The SHA-256 digest of `bytes`.
Sha256 sha256(std::string_view bytes);

}  // namespace encke::crypto
