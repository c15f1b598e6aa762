// Script tags.
#include "transports/jsonp/jsonp.hpp"

#include "server/http/quirks.hpp"
#include "transports/shared/callback.hpp"
#include "transports/shared/form.hpp"
#include "transports/shared/receiver.hpp"
#include "transports/shared/sender.hpp"
#include "transports/shared/sockjs_escape.hpp"

#include <array>
#include <cstddef>
#include <string>

namespace encke {

namespace {

constexpr std::size_t kLongestCallback = 32;

constexpr std::array kRoutes{
    Route{.leaf = "jsonp", .method = Route::Method::get, .element = true},
    Route{.leaf = "jsonp_send", .method = Route::Method::post, .element = true, .sends = true}};
constexpr TransportInfo kInfo{.name = "jsonp", .routes = kRoutes, .greeting = {}, .can = {.sends_up = true}};

struct CallEnvelope final : sockjs::Envelope {
  void append(std::string_view frame, std::string_view callback, std::string& out) const override {
    out += http::quirks::kScriptGuard;
    out += callback;
    out += '(';
    sockjs::append_script_string(frame, out);
    out += ");\r\n";
  }
};

const sockjs::ReceiverKind& kind() {
  static const CallEnvelope kCall;
  static const sockjs::EnvelopedMessages kMessages(kCall);
  static const sockjs::ReceiverKind kKind{kCall, kMessages, http::kJavaScript, false, true};
  return kKind;
}

/// The payload: the form field `d`, or all of a body that says it is plain text.
Result<void> send(http::Exchange& exchange, Sessions& sessions) {
  const http::Request& request = exchange.request();
  const std::string_view type = request.field("content-type");
  std::string field;
  std::string_view json = request.body;
  if (!http::same_text(http::trim(type.substr(0, type.find(';'))), "text/plain")) {
    field = sockjs::form_field(request.body, "d").value_or(std::string{});
    json = field;
  }
  static constexpr sockjs::SendKind kKind{
      .status = 200, .answer = "ok", .cross_origin = false, .readable = false};
  return sockjs::send(exchange, sessions, json, kKind);
}

class Jsonp final : public Transport {
 public:
  const TransportInfo& info() const override { return kInfo; }
  Result<void> serve(const Route& route, http::Exchange& exchange, Sessions& sessions) override {
    if (route.method == Route::Method::post) return send(exchange, sessions);
    const Result<std::string> callback = sockjs::callback_of(exchange.request(), kLongestCallback);
    if (!callback) return callback.error();
    return sockjs::poll(exchange, sessions, kInfo.name, kind(), *callback);
  }
};

}  // namespace

std::unique_ptr<Transport> make_jsonp() { return std::make_unique<Jsonp>(); }

}  // namespace encke
