// What is told of sessions that are over.
#include "server/core/session_records.hpp"

#include "server/core/sessions.hpp"

#include <utility>

namespace encke {

void SessionRecords::begin(const Session& session, const Opening& opening, Millis now) {
  records_.insert_or_assign(&session, Record{.transport = std::string(opening.transport),
                                             .remote_address = std::string(opening.remote_address),
                                             .origin = std::string(opening.origin),
                                             .begin = now});
}

void SessionRecords::end(Session& session, const CloseReason& reason, Millis now) {
  const auto node = records_.extract(&session);
  if (node.empty()) return;
  const Record& record = node.mapped();
  SessionEnd told{.service = session.sessions().path(),
                  .transport = record.transport,
                  .remote_address = record.remote_address,
                  .origin = record.origin,
                  .protocol = session.channel().protocol(),
                  .duration = now - record.begin,
                  .messages_up = {},
                  .messages_down = session.outbox().end(),
                  .code = reason.code,
                  .reason = reason.text};
  if (session.resumption() != nullptr) told.messages_up = session.delivered();
  sink_(told);
}

}  // namespace encke
