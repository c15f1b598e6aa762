// JSONRequest: a request held open to receive, others to send; JSON is all that either side takes.
#include "transports/json_request/json_request.hpp"

#include "transports/shared/facade_frames.hpp"
#include "transports/shared/receiver.hpp"
#include "transports/shared/sender.hpp"
#include "transports/shared/service_head.hpp"
#include "transports/shared/sockjs_escape.hpp"

#include <array>
#include <string>

namespace encke {

namespace {

constexpr std::string_view kType = "application/jsonrequest";
constexpr std::string_view kSendLeaf = "jsonrequest_send";
constexpr std::array kRoutes{
    Route{.leaf = "jsonrequest", .method = Route::Method::post, .cross_origin = true, .credentials = false},
    Route{.leaf = kSendLeaf,
          .method = Route::Method::post,
          .cross_origin = true,
          .credentials = false,
          .sends = true}};
constexpr TransportInfo kInfo{.name = "json_request",
                              .routes = kRoutes,
                              .greeting = {},
                              .can = {.cross_origin = true, .sends_up = true}};

/// Frames as the strings of an array; its brackets are the kind's.
struct StringEnvelope final : sockjs::Envelope {
  void append(std::string_view frame, std::string_view, std::string& out) const override {
    if (out.size() > 1) out += ',';
    sockjs::append_json_string(frame, out);
  }
};

const sockjs::ReceiverKind& kind() {
  static const StringEnvelope kString;
  static const sockjs::EnvelopedMessages kMessages(kString);
  static const sockjs::ReceiverKind kKind{.envelope = kString,
                                          .messages = kMessages,
                                          .content_type = kType,
                                          .cross_origin = true,
                                          .begin = "[",
                                          .end = "]",
                                          .credentials = false};
  return kKind;
}

constexpr sockjs::SendKind kSend{.status = 200,
                                 .answer = "\"ok\"",
                                 .cross_origin = true,
                                 .readable = true,
                                 .credentials = false,
                                 .type = kType,
                                 .begin = "\"",
                                 .end = "\""};

/// Whether it is said to be JSON of this kind, in UTF-8.
bool is_typed(std::string_view type) {
  const std::size_t end = type.find(';');
  if (!http::same_text(http::trim(type.substr(0, end)), kType)) return false;
  return end == std::string_view::npos || http::same_text(http::trim(type.substr(end + 1)), "charset=utf-8");
}

/// The frames of an array of them, a line each.
std::string lines(std::span<const std::string_view> frames) {
  std::string text;
  for (const std::string_view frame : frames) {
    text += frame;
    text += '\n';
  }
  return text;
}

/// A refusal of the facade's: a page is shown no answer but one of 200 and of this type.
void refuse(http::Exchange& exchange, const Sessions& sessions, const PeerError& error) {
  std::string frame;
  facade::append_refusal(error, frame);
  std::string body = "[";
  sockjs::append_json_string(frame, body);
  body += ']';
  const sockjs::ServiceHead heads(exchange.request(), sessions.options(), true, false);
  http::ResponseHead head = heads.make(200);
  exchange.respond(head.type(kType), body);
}

class JsonRequest final : public Transport {
 public:
  const TransportInfo& info() const override { return kInfo; }
  Result<void> serve(const Route& route, http::Exchange& exchange, Sessions& sessions) override {
    const http::Request& request = exchange.request();
    if (!is_typed(request.field("content-type"))) {
      return PeerError{.status = 415, .text = "expected Content-Type: application/jsonrequest, in UTF-8"};
    }
    std::string frames;
    {
      const sockjs::SharedPayload payload;
      const sockjs::PayloadError error = payload->parse(request.body, sockjs::Payload::Form::array);
      if (error != sockjs::PayloadError::none) {
        return PeerError{.status = 400, .text = "expected a JSON array, in UTF-8"};
      }
      if (sessions.resumable()) frames = lines(payload->messages());
    }
    if (route.leaf != kSendLeaf) return sockjs::poll(exchange, sessions, kInfo.name, kind());
    if (!sessions.resumable()) return sockjs::send(exchange, sessions, request.body, kSend);
    const Result<void> sent = sockjs::send(exchange, sessions, frames, kSend);
    if (!sent) refuse(exchange, sessions, sent.error());
    return {};
  }
};

}  // namespace

std::unique_ptr<Transport> make_json_request() { return std::make_unique<JsonRequest>(); }

}  // namespace encke
