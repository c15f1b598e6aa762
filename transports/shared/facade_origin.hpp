// Whose page a request of the facade's speaks for (PROTOCOL 6.2, 6.11).
#pragma once

#include "server/http/request.hpp"

#include <string_view>

namespace encke::facade {

/// The field in which the browser states its origin: `origin`, or in those drafts' handshakes
/// `sec-websocket-origin`; empty where it states none.
std::string_view origin_name(const http::Request& request);

/// The origin that the browser states: `Origin`, or, in the handshake of a draft of WebSocket from hybi-04 to
/// -12, `Sec-WebSocket-Origin`. No script can set either.
std::string_view origin_field(const http::Request& request);

/// The origin of the page that `Referer` names; empty where it names none.
std::string_view referer_origin(const http::Request& request);

/// The origin that a request tells: of the bridge's requests the one that it names, else `Origin`, or that of
/// `Referer`; empty where it tells none. Longer than any browser writes it is cut off, since a session keeps
/// it.
std::string_view told_origin(const http::Request& request);

/// The origin for which the bridge makes a request: its parameter `o`, which counts only where the browser
/// says by `Origin` or `Referer` that a page of this very host makes it. Empty otherwise.
std::string_view bridged_origin(const http::Request& request);

}  // namespace encke::facade
