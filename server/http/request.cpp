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
  const char* at = query.data();
  const char* const end = at + query.size();
  while (at != end && *at != '&') {  // behind an empty pair stands what is not meant for us
    const char* const pair = at;
    const char* value = nullptr;
    for (; at != end && *at != '&'; ++at) {
      if (*at == '=' && value == nullptr) value = at;
    }
    if (value == nullptr) value = at;
    if (std::string_view(pair, value) == name) return {value + (value == at ? 0 : 1), at};
    if (at != end) ++at;
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
