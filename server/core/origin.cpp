// Origins of pages.
#include "server/core/origin.hpp"

#include <algorithm>
#include <optional>

namespace encke {

namespace {

constexpr std::string_view kMark = "://";
constexpr std::string_view kAnyName = "*.";

bool is_small(char letter) { return letter >= 'a' && letter <= 'z'; }
bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

struct Parts {
  std::string_view scheme;
  std::string_view host;
  std::string_view port;  ///< with its colon; empty where there is none
};

std::optional<Parts> split(std::string_view origin) {
  const std::size_t mark = origin.find(kMark);
  if (mark == std::string_view::npos) return std::nullopt;
  Parts parts{.scheme = origin.substr(0, mark), .host = origin.substr(mark + kMark.size()), .port = {}};
  const std::size_t colon = parts.host.find(':', parts.host.rfind(']') + 1);  // npos + 1 is the beginning
  if (colon != std::string_view::npos) {
    parts.port = parts.host.substr(colon);
    parts.host = parts.host.substr(0, colon);
  }
  return parts;
}

bool is_scheme(std::string_view text) {
  return !text.empty() && is_small(text.front()) && std::all_of(text.begin(), text.end(), [](char letter) {
    return is_small(letter) || is_digit(letter) || letter == '+' || letter == '-' || letter == '.';
  });
}

/// Labels with single dots between.
bool is_name(std::string_view text) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  if (text.find("..") != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(), [](char letter) {
    return is_small(letter) || is_digit(letter) || letter == '-' || letter == '.' || letter == '_';
  });
}

bool is_host(std::string_view text) {
  if (!text.starts_with('[')) return is_name(text);
  return text.size() > 2 && text.back() == ']' &&
         text.find_first_not_of("0123456789abcdef:.", 1) == text.size() - 1;
}

bool is_port(std::string_view scheme, std::string_view port) {
  if (port.empty()) return true;
  const std::string_view digits = port.substr(1);
  if (digits.empty() || digits.size() > 5 || digits.front() == '0') return false;
  if (!std::all_of(digits.begin(), digits.end(), is_digit)) return false;
  if (digits.size() == 5 && digits > "65535") return false;
  return !(scheme == "http" && digits == "80") && !(scheme == "https" && digits == "443");
}

}  // namespace

bool is_origin_entry(std::string_view text) {
  if (text == "null") return true;
  const std::optional<Parts> parts = split(text);
  if (!parts || !is_scheme(parts->scheme) || !is_port(parts->scheme, parts->port)) return false;
  if (!parts->host.starts_with(kAnyName)) return is_host(parts->host);
  // Every name below "com" is nobody's wish; and there are none below an address.
  const std::string_view domain = parts->host.substr(kAnyName.size());
  if (!is_name(domain)) return false;
  const std::size_t last = domain.rfind('.');
  if (last == std::string_view::npos) return domain == "localhost";
  return domain.find_first_not_of("0123456789", last + 1) != std::string_view::npos;
}

bool origin_matches(std::string_view entry, std::string_view origin) {
  if (entry == origin) return !origin.empty();
  const std::size_t wildcard = entry.find(kAnyName);
  if (wildcard == std::string_view::npos) return false;
  const std::string_view before = entry.substr(0, wildcard);
  const std::string_view below = entry.substr(wildcard + 1);  // from the dot on
  if (origin.size() <= before.size() + below.size()) return false;
  if (!origin.starts_with(before) || !origin.ends_with(below)) return false;
  return is_name(origin.substr(before.size(), origin.size() - before.size() - below.size()));
}

bool origin_matches_any(const std::vector<std::string>& entries, std::string_view origin) {
  return std::any_of(entries.begin(), entries.end(),
                     [origin](const std::string& entry) { return origin_matches(entry, origin); });
}

}  // namespace encke
