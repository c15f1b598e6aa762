// What browsers send up over HTTP: xhr_send, shared by every transport that only carries down, and the
// delivery of any parsed payload.
#pragma once

#include "server/core/result.hpp"
#include "server/core/sessions.hpp"
#include "server/http/exchange.hpp"
#include "transports/shared/sockjs_array.hpp"

#include <string_view>

namespace encke::sockjs {

/// This loop's parser, for as long as this object lives: within one call.
class SharedPayload {
 public:
  SharedPayload() = default;
  SharedPayload(const SharedPayload&) = delete;
  SharedPayload& operator=(const SharedPayload&) = delete;
  ~SharedPayload() { payload_.done(); }
  Payload* operator->() const { return &payload_; }

 private:
  static Payload& of_this_loop();
  Payload& payload_ = of_this_loop();
};

/// What makes one way of sending different from another. Static storage.
struct SendKind {
  int status;  ///< of SockJS's answer
  std::string_view answer;
  bool cross_origin;
  bool readable;                             ///< whether the page sees the answer
  bool credentials = true;                   ///< as ReceiverKind's
  std::string_view type = http::kPlainText;  ///< of the answer
  std::string_view begin{};                  ///< what stands before the facade's answer
  std::string_view end = "\n";               ///< and behind it
};

/// Delivers `body` to the session that request.captured names and answers once the service has been given it:
/// on SockJS's wire a JSON array of messages. Errors as facts of the wire: 500 for a payload that is not one,
/// 404 for a session that is not there, 413 for too long.
Result<void> send(http::Exchange& exchange, Sessions& sessions, std::string_view body, const SendKind& kind);

/// Answers POST xhr_send.
Result<void> xhr_send(http::Exchange& exchange, Sessions& sessions);

}  // namespace encke::sockjs
