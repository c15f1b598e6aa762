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
/// lies beyond U+10FFFF are ill-formed (RFC 3629). The plain way, for all sequences.
CodePoint decode_any_utf8(std::string_view text, std::size_t at);

/// The same; the well-formed sequences of most text, two and three bytes long, without a call.
inline CodePoint decode_utf8(std::string_view text, std::size_t at) {
  const auto byte = [text, at](std::size_t index) -> std::uint32_t {
    return static_cast<unsigned char>(text[at + index]);
  };
  const auto continues = [byte](std::size_t index) { return (byte(index) & 0xC0) == 0x80; };
  const std::size_t left = text.size() - at;
  const std::uint32_t lead = byte(0);
  if (lead >= 0xC2 && lead < 0xE0 && left > 1 && continues(1)) {
    return {(lead & 0x1F) << 6 | (byte(1) & 0x3F), 2, true};
  }
  if (lead >= 0xE0 && lead < 0xF0 && left > 2 && continues(1) && continues(2)) {
    const std::uint32_t value = (lead & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    if (value >= 0x800 && (value < 0xD800 || value > 0xDFFF)) return {value, 3, true};
  }
  return decode_any_utf8(text, at);
}

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
