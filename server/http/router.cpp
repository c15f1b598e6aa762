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

std::unique_ptr<Resource> Router::unmount(std::string_view prefix) {
  if (prefix == "/") prefix = {};
  const auto found = std::find_if(mounts_.begin(), mounts_.end(),
                                  [prefix](const Mount& mount) { return mount.prefix == prefix; });
  if (found == mounts_.end()) return {};
  std::unique_ptr<Resource> resource = std::move(found->resource);
  mounts_.erase(found);
  return resource;
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
