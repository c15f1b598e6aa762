// The answer to a send, which waits until the service has been given what was sent.
#pragma once

#include "server/core/session.hpp"
#include "server/http/exchange.hpp"

#include <functional>
#include <utility>

namespace encke {

/// The longest that an answer is held back: proxies and browsers give up on requests not long after.
inline constexpr Millis kLongestHold{20'000};

/// Has `answer` called once the session, which holds something back, does no more; at the latest after
/// kLongestHold.
void hold_answer(http::Exchange& exchange, Session& session, std::function<void(http::Exchange&)> answer);

/// Calls `answer(http::Exchange&)`, which must answer the exchange, once the session holds nothing back any
/// more: mostly now, and then nothing is allocated for it; at the latest after kLongestHold.
template <typename Answer>
void answer_when_delivered(http::Exchange& exchange, Session& session, Answer answer) {
  if (session.waits()) {
    hold_answer(exchange, session, std::move(answer));
  } else {
    answer(exchange);
  }
}

}  // namespace encke
