// What browsers send up over HTTP.
#include "transports/shared/sender.hpp"

#include "transports/shared/delayed_answer.hpp"
#include "transports/shared/facade_sender.hpp"
#include "transports/shared/service_head.hpp"

#include <string>

namespace encke::sockjs {

Payload& SharedPayload::of_this_loop() {
  thread_local Payload payload;
  return payload;
}

Result<Session*> deliver(http::Exchange& exchange, Sessions& sessions, std::string_view json) {
  const SharedPayload payload;
  const PayloadError error = payload->parse(json, Payload::Form::array);
  if (error != PayloadError::none) {
    return PeerError{
        .status = 500, .close_code = close_code::kBrokenFraming, .text = std::string(error_text(error))};
  }
  const std::size_t limit = sessions.options().max_message_bytes;
  for (const std::string_view text : payload->messages()) {
    if (text.size() > limit) {
      return PeerError{.status = 413,
                       .close_code = close_code::kTooBig,
                       .text = "a message is larger than " + std::to_string(limit) + " bytes"};
    }
  }
  Session* session = sessions.find(exchange.request().captured);
  if (session == nullptr) {
    return PeerError{.status = 404, .text = "there is no such session: it was closed, or has timed out"};
  }
  for (const std::string_view text : payload->messages()) session->receive(Message::text(text));
  return session;
}

Result<void> send(http::Exchange& exchange, Sessions& sessions, std::string_view body, const SendKind& kind) {
  if (sessions.resumable()) return facade::send(exchange, sessions, body, kind);
  const Result<Session*> session = deliver(exchange, sessions, body);
  if (!session) return session.error();
  const ServiceHead heads(exchange.request(), sessions.options(), kind.cross_origin, kind.credentials);
  http::ResponseHead head = heads.make(kind.status);
  head.type(kind.type);
  answer_when_delivered(exchange, **session, [head = std::move(head), &kind](http::Exchange& to) {
    to.respond(head, kind.answer);
  });
  return {};
}

Result<void> xhr_send(http::Exchange& exchange, Sessions& sessions) {
  static constexpr SendKind kKind{.status = 204, .answer = {}, .cross_origin = true, .readable = true};
  return send(exchange, sessions, exchange.request().body, kKind);
}

}  // namespace encke::sockjs
