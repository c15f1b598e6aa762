// Server-sent events.
#include "transports/eventsource/eventsource.hpp"

#include "server/http/quirks.hpp"
#include "transports/shared/receiver.hpp"
#include "transports/shared/sockjs_frames.hpp"

#include <array>

namespace encke {

namespace {

constexpr std::string_view kOldLeaf = "dom_event_stream";
constexpr std::array kRoutes{Route{.leaf = "eventsource", .method = Route::Method::get, .cross_origin = true},
                             Route{.leaf = kOldLeaf, .method = Route::Method::get, .cross_origin = true}};
constexpr TransportInfo kInfo{
    .name = "eventsource", .routes = kRoutes, .greeting = {}, .can = {.streams = true, .cross_origin = true}};

struct EventEnvelope final : sockjs::Envelope {
  void append(std::string_view frame, std::string_view, std::string& out) const override {
    out += "data: ";
    sockjs::append_event_data(frame, out);
    out += "\r\n\r\n";
  }
  void append_padding(std::size_t bytes, std::string& out) const override {
    out += ':';  // a comment
    out.append(bytes - 3, ' ');
    out += "\r\n";
  }
};

const sockjs::ReceiverKind& kind() {
  static const EventEnvelope kEvent;
  static const sockjs::EnvelopedMessages kMessages(kEvent);
  static const sockjs::ReceiverKind kKind{kEvent, kMessages, http::quirks::kEventStreamType, true};
  return kKind;
}

/// The streams of Opera 8 and 9, from before the format was a standard: each event is named, before its data.
struct OldEventEnvelope final : sockjs::Envelope {
  void append(std::string_view frame, std::string_view, std::string& out) const override {
    out += "Event: frame\ndata: ";
    sockjs::append_event_data(frame, out);
    out += "\n\n";
  }
};

const sockjs::ReceiverKind& old_kind() {
  static const OldEventEnvelope kEvent;
  static const sockjs::EnvelopedMessages kMessages(kEvent);
  static const sockjs::ReceiverKind kKind{kEvent, kMessages, "application/x-dom-event-stream", true};
  return kKind;
}

class EventSource final : public Transport {
 public:
  const TransportInfo& info() const override { return kInfo; }
  Result<void> serve(const Route& route, http::Exchange& exchange, Sessions& sessions) override {
    if (route.leaf == kOldLeaf) {
      return sockjs::stream(exchange, sessions, kInfo.name, old_kind(), "\n");
    }
    return sockjs::stream(exchange, sessions, kInfo.name, kind(), http::quirks::kEventStreamBegin);
  }
};

}  // namespace

std::unique_ptr<Transport> make_eventsource() { return std::make_unique<EventSource>(); }

}  // namespace encke
