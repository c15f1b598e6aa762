// Signed tokens (JSON Web Token, RFC 7519, in compact form): is this one signed with that key? libjwt and
// OpenSSL do the work; no other room knows them for it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace encke::tokens {

enum class Algorithm : std::uint8_t { hs256, rs256, es256 };
inline constexpr std::array<std::string_view, 3> kAlgorithmNames{"HS256", "RS256", "ES256"};  // as Algorithm

inline constexpr std::size_t kLongestToken = 8192;  // characters; what is longer is no token
inline constexpr std::size_t kLeastSecret = 32;  // bytes of HS256's: as many as the hash has (RFC 7518 3.2)
inline constexpr int kLeastRsaBits = 2048;       // RFC 7518 3.3

/// What is wrong with a key for this algorithm, as "expected ..."; empty where it is good. HS256 takes a
/// secret of at least kLeastSecret bytes, RS256 and ES256 the public key in PEM.
std::string key_fault(Algorithm algorithm, std::string_view key);

/// The claims, as JSON text, of a token that is signed with this good key by this algorithm; nothing for any
/// other. The token's own header chooses neither: one that names another algorithm, or `none`, is no token
/// here. Says nothing of times and names.
std::optional<std::string> signed_claims(Algorithm algorithm, const std::string& key, std::string_view token);

}  // namespace encke::tokens
