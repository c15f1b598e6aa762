// Looking things up in a request.
#include "server/http/request.hpp"

#include <algorithm>

namespace encke::http {

namespace {

const Field* find(const std::vector<Field>& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (same_text(field.name, name)) return &field;
  }
  return nullptr;
}

/// The value of `name`, which is not empty, in name=value pairs parted by `separator`.
std::string_view pair_value(std::string_view pairs, char separator, std::string_view name) {
  const char first = name.front();
  while (!pairs.empty()) {
    const std::size_t end = std::min(pairs.find(separator), pairs.size());
    std::string_view pair = pairs.substr(0, end);
    if (separator == ';') pair = trim(pair);
    if (!pair.empty() && pair.front() == first && pair.starts_with(name)) {
      if (pair.size() == name.size()) return pair.substr(pair.size());
      if (pair[name.size()] == '=') return pair.substr(name.size() + 1);
    }
    pairs.remove_prefix(std::min(end + 1, pairs.size()));
  }
  return {};
}

}  // namespace

std::string_view Request::field(std::string_view name) const {
  const Field* found = find(fields, name);
  return found == nullptr ? std::string_view{} : found->value;
}

bool Request::has_field(std::string_view name) const { return find(fields, name) != nullptr; }

std::string_view Request::parameter(std::string_view name) const {
  const std::size_t end = query.starts_with('&') ? 0 : query.find("&&");
  return pair_value(query.substr(0, end), '&', name);
}

std::string_view Request::cookie(std::string_view name) const {
  return pair_value(field("cookie"), ';', name);
}

}  // namespace encke::http
