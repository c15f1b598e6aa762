// The answer to a send, which waits until the service has been given what was sent.
#pragma once

#include "server/core/session.hpp"
#include "server/http/exchange.hpp"

#include <functional>
#include <string>

namespace encke {

/// The longest that an answer is held back: proxies and browsers give up on requests not long after.
inline constexpr Millis kLongestHold{20'000};

/// Calls `answer`, which must answer the exchange, once the session holds nothing back any more: mostly now;
/// at the latest after kLongestHold.
void answer_when_delivered(http::Exchange& exchange, Session& session,
                           std::function<void(http::Exchange&)> answer);

}  // namespace encke
