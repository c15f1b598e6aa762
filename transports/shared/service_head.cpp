// The fields that every transport answer of a service has.
#include "transports/shared/service_head.hpp"

#include "transports/shared/receiver.hpp"

namespace encke::sockjs {

namespace {

/// The cookie of the request, or a new one, for the answer to set again.
std::string cookie_of(const http::Request& request) {
  const std::string_view sent = request.cookie("JSESSIONID");
  std::string cookie = "JSESSIONID=" + std::string(sent.empty() ? "dummy" : sent) + "; path=/";
  // Browsers that keep cookies from requests of other sites' pages unless a cookie says otherwise also say
  // where a request comes from: over TLS, and on their own machine, where nearly all take a Secure cookie.
  // Older ones might not take one that says so.
  if (request.has_field("sec-fetch-site")) cookie += "; Secure; SameSite=None";
  return cookie;
}

}  // namespace

ServiceHead::ServiceHead(const http::Request& request, const ServiceOptions& options, bool cross_origin,
                         bool credentials)
    : origin_(cross_origin && credentials ? request.field("origin") : std::string_view{}),
      cross_origin_(cross_origin),
      anyone_(options.origins.empty() || !credentials) {
  const bool cookie = options.jsessionid && credentials;
  const std::string_view asked =
      cross_origin ? request.field("access-control-request-headers") : std::string_view{};
  if (!cookie && asked.empty()) return;
  rare_ = std::make_unique<Rare>();
  if (cookie) rare_->cookie = cookie_of(request);
  rare_->asked_headers = asked;
}

void ServiceHead::add_cors(const http::Request& request, const ServiceOptions& options,
                           http::ResponseHead& head) {
  if (options.origins.empty() || request.has_field("origin")) {
    head.cross_origin(request);
  } else {
    head.varies_by_origin();
  }
}

void ServiceHead::add_cookie(const http::Request& request, const ServiceOptions& options,
                             http::ResponseHead& head) {
  if (options.jsessionid) head.add("Set-Cookie", cookie_of(request));
}

http::ResponseHead ServiceHead::make(int status) const {
  http::ResponseHead head(status);
  head.never_cached();
  if (cross_origin_ && origin_.empty() && !anyone_) {
    head.varies_by_origin();
  } else if (cross_origin_) {
    head.cross_origin(origin_, rare_ ? rare_->asked_headers : std::string_view{});
  }
  if (rare_ && !rare_->cookie.empty()) head.add("Set-Cookie", rare_->cookie);
  return head;
}

http::ResponseHead ServiceHead::make(const ReceiverKind& kind) const {
  http::ResponseHead head = make(200);
  head.type(kind.content_type);
  if (kind.site_keyed) head.add("Origin-Agent-Cluster", "?0");
  if (kind.no_sniffing) head.not_sniffed();
  return head;
}

}  // namespace encke::sockjs
