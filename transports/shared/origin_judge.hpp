// Whose pages may use a service: one judge for every transport (docs/security.md, "Origins").
#pragma once

#include "server/http/exchange.hpp"

#include <encke/service_options.hpp>

#include <cstdint>
#include <string_view>

namespace encke {

/// What in a page makes a request.
enum class Asker : std::uint8_t {
  script_api,  ///< XMLHttpRequest, EventSource, WebSocket: to other origins they name the page's, so a
               ///< request that names none comes from the server's own pages, or from a program
  element,     ///< a script tag, a frame, a form: any page's, and browsers need not say which
};

enum class OriginVerdict : std::uint8_t {
  allowed,
  refused,   ///< it tells an origin, and that one is not listed
  unproven,  ///< nothing tells whose page it is, though that can be anybody's: good with a token alone
};

/// Judges a request by its `Origin` (in handshakes of old drafts `Sec-WebSocket-Origin`), else by the origin
/// of its `Referer`, else by what `Sec-Fetch-Site` says; through the bridge, by the page's origin too. Where
/// the service lists no origins every request is allowed.
OriginVerdict judge_origin(const ServiceOptions& options, const http::Request& request, Asker asker);

/// Whether a page of this origin, which is its own word, may use the service; one that tells none may.
bool origin_allowed(const ServiceOptions& options, std::string_view told);

/// The answer to a request that is not allowed: 403, which says what was told and what is expected.
http::Response origin_refused(const http::Request& request);

}  // namespace encke
