// What comes to a path that a service has left.
#include "server/app/succession.hpp"

#include "transports/shared/routes.hpp"
#include "transports/shared/sockjs_service.hpp"

#include <algorithm>
#include <utility>

namespace encke {

Succession::Succession(std::unique_ptr<http::Resource> heir, std::vector<std::weak_ptr<LiveCounts>> before,
                       const LoopContext& loop, std::string path,
                       const std::vector<std::unique_ptr<Place>>& places)
    : heir_(std::move(heir)),
      before_(std::move(before)),
      loop_(loop),
      path_(std::move(path)),
      places_(places) {}

Place* Succession::place_of(std::string_view rest) const {
  const auto has = [&](const auto& place) {
    return !place->is_mounted() && place->path() == path_ && place->has_session_of(rest);
  };
  const auto found = std::find_if(places_.begin(), places_.end(), has);
  return found == places_.end() ? nullptr : found->get();
}

http::Admission Succession::admit(http::Request& request, std::string_view rest) {
  std::erase_if(before_, [](const auto& service) { return service.expired(); });
  const std::string_view id = before_.empty() ? std::string_view{} : sockjs::session_id_of(rest);
  if (id.empty()) return heir_->admit(request, rest);
  // The loop that has the session is the only one that knows. What is there may be files, which move nothing.
  const unsigned worker = worker_of(id, loop_.workers);
  // With a body it has been admitted here already, before the service left.
  if (worker != loop_.worker && request.body.empty()) return http::Admission::move(worker);
  Place* const place = place_of(rest);
  return place == nullptr ? heir_->admit(request, rest) : place->admit(request, rest);
}

}  // namespace encke
