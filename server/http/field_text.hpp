// The small print of field values: tokens, lists, blanks, case, percent digits (RFC 9110 5.6, RFC 3986 2.1).
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace encke::http {

/// Of each byte whether it may stand in a token (RFC 9110 5.6.2): every field's name is looked at by it.
inline constexpr std::array<bool, 256> kTokenBytes = [] {
  std::array<bool, 256> found{};
  for (unsigned byte = 0x21; byte < 0x7F; ++byte) {
    found[byte] =
        std::string_view("\"(),/:;<=>?@[\\]{}").find(static_cast<char>(byte)) == std::string_view::npos;
  }
  return found;
}();

/// Whether `letter` may stand in a token.
constexpr bool is_token_char(char letter) { return kTokenBytes[static_cast<unsigned char>(letter)]; }

/// Whether `text` is a token: at least one character, all of them a token's.
constexpr bool is_token(std::string_view text) {
  for (const char letter : text) {
    if (!is_token_char(letter)) return false;
  }
  return !text.empty();
}

/// Compares ASCII without case.
constexpr bool same_text(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  for (std::size_t at = 0; at < left.size(); ++at) {
    if (lower(left[at]) != lower(right[at])) return false;
  }
  return true;
}

/// Without spaces and tabs on either side.
constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Takes the first element off a comma-separated list: trimmed, perhaps empty. Each byte is read a fixed
/// number of times however the list is made up.
constexpr std::string_view next_element(std::string_view& list) {
  const std::size_t comma = list.find(',');
  const std::string_view element = list.substr(0, comma);
  list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  return trim(element);
}

/// Whether a comma-separated list holds `token`, without case.
constexpr bool list_holds(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    if (same_text(next_element(list), token)) return true;
  }
  return false;
}

/// The value of a hexadecimal digit; -1 for any other character.
constexpr int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace encke::http
