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

}  // namespace

std::string_view Request::field(std::string_view name) const {
  const Field* found = find(fields, name);
  return found == nullptr ? std::string_view{} : found->value;
}

bool Request::has_field(std::string_view name) const { return find(fields, name) != nullptr; }

// In one pass without a call, since queries are short and asked for several names.
std::string_view Request::parameter(std::string_view name) const {
  std::string_view rest = query;
  while (!rest.empty() && rest.front() != '&') {  // behind an empty pair stands what is not meant for us
    std::size_t end = 0;
    while (end < rest.size() && rest[end] != '&') ++end;
    if (rest.front() == name.front() && rest.starts_with(name)) {
      if (end == name.size()) return rest.substr(end, 0);
      if (rest[name.size()] == '=') return rest.substr(name.size() + 1, end - name.size() - 1);
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
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
