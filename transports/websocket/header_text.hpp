#pragma once

#include <string_view>

namespace encke::websocket {

/// Whether `c` may stand in a token of a header (RFC 9110 section 5.6.2).
constexpr bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

/// Takes the first element off a comma-separated list: trimmed of blanks, perhaps empty. Each byte is read a
/// fixed number of times however the list is made up.
constexpr std::string_view next_element(std::string_view& list) {
  const std::size_t comma = list.find(',');
  std::string_view element = list.substr(0, comma);
  list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  while (!element.empty() && (element.front() == ' ' || element.front() == '\t')) element.remove_prefix(1);
  while (!element.empty() && (element.back() == ' ' || element.back() == '\t')) element.remove_suffix(1);
  return element;
}

/// Whether two texts are equal but for the case of ASCII letters.
constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

/// Whether a comma-separated list has `token`, in any case.
constexpr bool list_has(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    if (equal_ignoring_case(next_element(list), token)) return true;
  }
  return false;
}

}  // namespace encke::websocket
