// The carriers of all HTTP transports: a poll takes one frame, a stream takes frames up to a limit of bytes.
#pragma once

#include "server/core/session.hpp"
#include "server/core/sessions.hpp"
#include "server/http/exchange.hpp"
#include "transports/shared/envelope.hpp"

#include <string>
#include <string_view>

namespace encke::sockjs {

/// What makes one receiving transport different from another. Static storage.
struct ReceiverKind {
  const Envelope& envelope;
  const EnvelopedMessages& messages;
  std::string_view content_type;
  bool cross_origin;
  bool no_sniffing = false;  ///< X-Content-Type-Options: nosniff
  bool shows_status =
      false;          ///< a page can read the status of an answer, and the text of one that is not 200
  bool holds = true;  ///< of polls: false answers at once, where there is nothing to tell with a heartbeat
  std::string_view begin{};  ///< what stands before the first frame of a poll's answer
  std::string_view end{};    ///< what stands behind the last frame of any answer
  bool site_keyed = false;   ///< a page that may set its document.domain (Origin-Agent-Cluster: ?0)
  bool credentials = true;   ///< false: no cookie is set, and CORS lets none come
};

/// Answers with the next frames of the session that request.captured names, as soon as there are some: on
/// SockJS's wire one frame, and a session that does not exist is opened; on the facade's as many as there
/// are, and its errors are PROTOCOL 6.9.
Result<void> poll(http::Exchange& exchange, Sessions& sessions, std::string_view transport,
                  const ReceiverKind& kind, std::string_view callback = {});

/// Answers with `prelude`, as one piece, and then with frames until the service's response limit is reached.
Result<void> stream(http::Exchange& exchange, Sessions& sessions, std::string_view transport,
                    const ReceiverKind& kind, std::string_view prelude);

}  // namespace encke::sockjs
