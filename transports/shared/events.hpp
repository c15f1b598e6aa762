// `path`/events: a service's messages as plain server-sent events, for a page's own EventSource, which needs
// no script of ours.
#pragma once

#include "server/core/sessions.hpp"
#include "server/http/exchange.hpp"

#include <string_view>

namespace encke {

/// What sessions of such readers are counted by.
inline constexpr std::string_view kEventsTransport = "events";
/// The leaf of their path.
inline constexpr std::string_view kEventsLeaf = "events";

/// Opens a session that lives and dies with this response, and answers with its messages, one an event: its
/// id, where it has one, and its lines as data. Heartbeats are comments; a close ends the response, and
/// browsers ask again by themselves. What is sent up is nothing.
Result<void> serve_events(http::Exchange& exchange, Sessions& sessions);

}  // namespace encke
