// UTF-8: one step of decoding and encoding, and the scan for plain ASCII that both parsing and escaping
// start from.
#pragma once

#include <array>
#include <bit>
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

/// A bit in each of the eight bytes that is no plain ASCII: a control, a quote, a backslash, `also`, or not
/// ASCII. Right up to the lowest bit that is set; those above it may be set for nothing.
inline std::uint64_t specials(std::uint64_t bytes, char also) {
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  constexpr std::uint64_t kHighs = 0x8080808080808080u;
  const auto has_zero = [](std::uint64_t word) { return (word - kOnes) & ~word; };
  const std::uint64_t below_blank = (bytes - kOnes * 0x20) & ~bytes;
  const std::uint64_t found = below_blank | has_zero(bytes ^ kOnes * '"') | has_zero(bytes ^ kOnes * '\\') |
                              has_zero(bytes ^ kOnes * static_cast<unsigned char>(also)) | bytes;
  return found & kHighs;
}

/// Of 32 bytes at once, in wide registers where there are such.
inline bool all_plain(const char* block, char also) {
  using Bytes [[gnu::vector_size(16)]] = signed char;
  using Words [[gnu::vector_size(16)]] = long long;
  std::array<Bytes, 2> parts;
  std::memcpy(parts.data(), block, sizeof parts);
  const auto special = [also](Bytes bytes) {  // what is not ASCII is below zero
    return (bytes < 0x20) | (bytes == '"') | (bytes == '\\') | (bytes == static_cast<signed char>(also));
  };
  Words found;
  const auto both = special(parts[0]) | special(parts[1]);
  static_assert(sizeof found == sizeof both);
  std::memcpy(&found, &both, sizeof found);
  return (found[0] | found[1]) == 0;
}

/// The first place at or behind `at` where text is not plain ASCII; text.size() where all is. Where one such
/// place follows another, as in most scripts, looking at one byte is enough.
inline std::size_t skip_plain(std::string_view text, std::size_t at, char also = '"') {
  if (at < text.size() && static_cast<signed char>(text[at]) < 0) return at;
  while (text.size() - at >= 32 && all_plain(text.data() + at, also)) at += 32;
  if constexpr (std::endian::native == std::endian::little) {
    for (; text.size() - at >= sizeof(std::uint64_t); at += sizeof(std::uint64_t)) {
      std::uint64_t word;
      std::memcpy(&word, text.data() + at, sizeof word);
      if (const std::uint64_t found = specials(word, also); found != 0) {
        return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
      }
    }
  }
  const auto plain = [also](char byte) {
    return static_cast<signed char>(byte) >= 0x20 && byte != '"' && byte != '\\' && byte != also;
  };
  while (at < text.size() && plain(text[at])) ++at;
  return at;
}

}  // namespace encke::sockjs
