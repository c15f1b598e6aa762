// What browsers send up over HTTP.
#include "transports/shared/sender.hpp"

#include "transports/shared/service_head.hpp"

#include <string>

namespace encke::sockjs {

Payload& SharedPayload::of_this_loop() {
  thread_local Payload payload;
  return payload;
}

Result<void> deliver(http::Exchange& exchange, Sessions& sessions, std::string_view json) {
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
  return {};
}

Result<void> xhr_send(http::Exchange& exchange, Sessions& sessions) {
  Result<void> delivered = deliver(exchange, sessions, exchange.request().body);
  if (!delivered) return delivered;
  http::ResponseHead head = ServiceHead(exchange.request(), sessions.options(), true).make(204);
  exchange.respond(head.type(http::kPlainText), {});
  return {};
}

}  // namespace encke::sockjs
