// The judge of origins.
#include "transports/shared/origin_judge.hpp"

#include "server/core/origin.hpp"
#include "server/http/field_text.hpp"
#include "transports/shared/facade_origin.hpp"

#include <string>

namespace encke {

namespace {

/// The types that a form, or a page's plain request, can give a body without asking first (Fetch 2.2.2).
bool has_plain_type(const http::Request& request) {
  const std::string_view type = request.field("content-type");
  const std::string_view essence = http::trim(type.substr(0, type.find(';')));
  return http::same_text(essence, "application/x-www-form-urlencoded") ||
         http::same_text(essence, "multipart/form-data") || http::same_text(essence, "text/plain");
}

/// Whether every field that states an origin states one that is listed. Browsers send one; what adds a second
/// makes no stranger a friend.
bool all_listed(const ServiceOptions& options, const http::Request& request, std::string_view name) {
  for (const http::Field& field : request.fields) {
    if (http::same_text(field.name, name) && !origin_matches_any(options.origins, field.value)) return false;
  }
  return true;
}

/// Whether the server itself, at the name that it was asked by, is listed.
bool host_listed(const ServiceOptions& options, const http::Request& request) {
  const std::string host(request.field("host"));
  return origin_matches_any(options.origins, "https://" + host) ||
         origin_matches_any(options.origins, "http://" + host);
}

OriginVerdict listed(bool is) { return is ? OriginVerdict::allowed : OriginVerdict::refused; }

/// Of a request that tells no origin in any way.
OriginVerdict judge_silent(const ServiceOptions& options, const http::Request& request, Asker asker) {
  const std::string_view site = request.field("sec-fetch-site");
  if (site == "same-origin")
    return host_listed(options, request) ? OriginVerdict::allowed : OriginVerdict::unproven;
  if (site == "same-site" || site == "cross-site") return OriginVerdict::unproven;
  if (asker == Asker::element) return OriginVerdict::unproven;
  // Programs may ask so. A browser that is old enough to post a form without a word of whose it is brings the
  // visitor's cookie with it: that is all that could make it worth forging.
  const bool form = request.method == "POST" && request.has_field("cookie") && has_plain_type(request);
  return form ? OriginVerdict::unproven : OriginVerdict::allowed;
}

}  // namespace

OriginVerdict judge_origin(const ServiceOptions& options, const http::Request& request, Asker asker) {
  if (options.origins.empty()) return OriginVerdict::allowed;
  const std::string_view name = facade::origin_name(request);
  if (!name.empty() && !all_listed(options, request, name)) return OriginVerdict::refused;
  if (const std::string_view bridged = facade::bridged_origin(request); !bridged.empty()) {
    return listed(origin_matches_any(options.origins, bridged));
  }
  if (!name.empty()) return OriginVerdict::allowed;
  const std::string_view referer = facade::referer_origin(request);
  if (!referer.empty()) return listed(origin_matches_any(options.origins, referer));
  return judge_silent(options, request, asker);
}

bool origin_allowed(const ServiceOptions& options, std::string_view told) {
  return options.origins.empty() || told.empty() || origin_matches_any(options.origins, told);
}

http::Response origin_refused(const http::Request& request) {
  const std::string_view bridged = facade::bridged_origin(request);
  const std::string_view name = facade::origin_name(request);
  const std::string_view told = name.empty() ? facade::referer_origin(request) : request.field(name);
  std::string text = "the origin " + std::string(told);
  if (!bridged.empty()) text += ", or " + std::string(bridged) + ", for which it asks,";
  text += " may not use this service";
  if (name.empty() && told.empty()) {
    text =
        "nothing tells whose page this is; expected Origin, or Referer, with an origin of this service's "
        "list, or a token";
  }
  http::Response response = http::text_response(403, text);
  response.head.varies_by_origin();
  return response;
}

}  // namespace encke
