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
  const EnvelopedMessage& chunked_message;  ///< of streams; of polls unused
  const EnvelopedMessage& plain_message;
  std::string_view content_type;
  bool cross_origin;
  bool no_sniffing = false;  ///< X-Content-Type-Options: nosniff
};

/// Opens the session that request.captured names, where there is none, and returns it.
Session& session_of(http::Exchange& exchange, Sessions& sessions, std::string_view transport);

/// Answers with the next frame of the session, as soon as there is one.
void poll(http::Exchange& exchange, Sessions& sessions, std::string_view transport, const ReceiverKind& kind,
          std::string_view callback = {});

/// Answers with `prelude`, as one piece, and then with frames until the service's response limit is reached.
void stream(http::Exchange& exchange, Sessions& sessions, std::string_view transport,
            const ReceiverKind& kind, std::string_view prelude);

}  // namespace encke::sockjs
