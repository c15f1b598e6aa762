// Looking things up in a request.
#include "server/http/request.hpp"

#include <algorithm>

namespace encke::http {

namespace {

constexpr std::size_t kMostParameters = 16;  // far more than anything here is asked for

const Field* find(const std::vector<Field>& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (same_text(field.name, name)) return &field;
  }
  return nullptr;
}

}  // namespace

std::string_view Request::field(std::string_view name) const {
  const Field* found = find(fields, name);
  return found == nullptr ? std::string_view{} : found->value;
}

bool Request::has_field(std::string_view name) const { return find(fields, name) != nullptr; }

// In one pass without a call, since queries are short and most requests have one.
void Request::read_query(std::string_view text) {
  query = text;
  parameters.clear();
  while (!text.empty() && text.front() != '&' && parameters.size() < kMostParameters) {
    std::size_t middle = 0;
    while (middle < text.size() && text[middle] != '=' && text[middle] != '&') ++middle;
    std::size_t end = middle;
    while (end < text.size() && text[end] != '&') ++end;
    const std::size_t value = std::min(middle + 1, end);
    parameters.push_back({text.substr(0, middle), text.substr(value, end - value)});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string_view Request::cookie(std::string_view name) const {
  std::string_view pairs = field("cookie");
  while (!pairs.empty()) {
    const std::size_t end = std::min(pairs.find(';'), pairs.size());
    const std::string_view pair = trim(pairs.substr(0, end));
    const std::size_t middle = std::min(pair.find('='), pair.size());
    if (pair.substr(0, middle) == name) return pair.substr(std::min(middle + 1, pair.size()));
    pairs.remove_prefix(std::min(end + 1, pairs.size()));
  }
  return {};
}

}  // namespace encke::http
