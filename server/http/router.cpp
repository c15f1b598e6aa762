// Which resource answers which path.
#include "server/http/router.hpp"

#include <algorithm>

namespace encke::http {

void Router::mount(std::string prefix, std::unique_ptr<Resource> resource) {
  if (prefix == "/") prefix.clear();
  mounts_.push_back({std::move(prefix), std::move(resource)});
  std::stable_sort(mounts_.begin(), mounts_.end(), [](const Mount& left, const Mount& right) {
    return left.prefix.size() > right.prefix.size();
  });
}

Admission Router::admit(Request& request) const {
  for (const Mount& mount : mounts_) {
    if (request.path.substr(0, mount.prefix.size()) != mount.prefix) continue;
    const std::string_view rest = request.path.substr(mount.prefix.size());
    if (rest.empty() || rest.front() == '/') return mount.resource->admit(request, rest);
  }
  return Admission::refuse(not_found());
}

}  // namespace encke::http
