// UTF-8: one step of decoding and encoding, and the scan for plain ASCII that both parsing and escaping
// start from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace encke::sockjs {

/// What a decoder found at one place.
struct CodePoint {
  std::uint32_t value = 0;  ///< meaningful only when `valid`
  std::uint32_t size = 1;  ///< bytes; of an ill-formed sequence its longest well-formed beginning, at least 1
  bool valid = false;
};

/// Decodes the sequence that begins at `text[at]`, `at` < text.size(). Overlong forms, surrogates and what
/// lies beyond U+10FFFF are ill-formed (RFC 3629).
CodePoint decode_utf8(std::string_view text, std::size_t at);

/// Appends `value`, a scalar value of Unicode, as UTF-8.
void append_utf8(std::uint32_t value, std::string& out);

/// True when one of the eight bytes is no plain ASCII: a control, a quote, a backslash, `also`, or not ASCII.
inline bool has_special(std::uint64_t bytes, char also) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  constexpr std::uint64_t kHighs = 0x8080808080808080u;
  const auto has_zero = [](std::uint64_t word) { return (word - kOnes) & ~word; };
  const std::uint64_t below_blank = (bytes - kOnes * 0x20) & ~bytes;
  const std::uint64_t found = below_blank | has_zero(bytes ^ kOnes * '"') | has_zero(bytes ^ kOnes * '\\') |
                              has_zero(bytes ^ kOnes * static_cast<unsigned char>(also)) | bytes;
  return (found & kHighs) != 0;
}

/// The first place at or behind `at` where text is not plain ASCII, up to seven bytes early; text.size() is
/// the most it returns.
inline std::size_t skip_plain(std::string_view text, std::size_t at, char also = '"') {
  while (text.size() - at >= sizeof(std::uint64_t)) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, sizeof word);
    if (has_special(word, also)) break;
    at += sizeof word;
  }
  return at;
}

}  // namespace encke::sockjs
