// Whose page a request of the facade's speaks for.
#include "transports/shared/facade_origin.hpp"

#include "server/http/field_text.hpp"

#include <algorithm>
#include <cstddef>

namespace encke::facade {

namespace {

constexpr std::size_t kLongestOrigin = 300;  // a scheme, a name of 253 characters and a port

/// What the browser itself says.
std::string_view browsers_word(const http::Request& request) {
  if (!origin_name(request).empty()) return origin_field(request).substr(0, kLongestOrigin);
  return referer_origin(request);
}

}  // namespace

std::string_view origin_name(const http::Request& request) {
  if (request.has_field("origin")) return "origin";
  return request.upgrade && request.has_field("sec-websocket-origin") ? "sec-websocket-origin" : "";
}

std::string_view referer_origin(const http::Request& request) {
  const std::string_view referer = request.field("referer");
  const std::size_t scheme = referer.find("://");
  if (scheme == std::string_view::npos) return {};
  return referer.substr(0, std::min(referer.find('/', scheme + 3), kLongestOrigin));
}

std::string_view origin_field(const http::Request& request) { return request.field(origin_name(request)); }

std::string_view bridged_origin(const http::Request& request) {
  const std::string_view named = request.parameter("o");
  if (named.empty()) return {};
  const std::string_view word = browsers_word(request);
  const std::size_t scheme = word.find("://");
  if (scheme == std::string_view::npos || !http::same_text(word.substr(scheme + 3), request.field("host"))) {
    return {};
  }
  return named.substr(0, kLongestOrigin);
}

std::string_view told_origin(const http::Request& request) {
  const std::string_view bridged = bridged_origin(request);
  return bridged.empty() ? browsers_word(request) : bridged;
}

}  // namespace encke::facade
