// Plain server-sent events (HTML standard, 9.2).
#include "transports/shared/events.hpp"

#include "server/http/quirks.hpp"
#include "transports/shared/scratch.hpp"
#include "transports/shared/service_head.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace encke {

namespace {

constexpr std::string_view kComment = ":\n\n";  // keeps what stands on the way from losing patience

/// One message as an event. A line of it that ends in CR LF, LF or CR is a line of data; what is no UTF-8 the
/// browser replaces.
void append_event(const Message& message, std::string& out) {
  if (!message.id().empty()) {
    out += "id: ";
    out += message.id();
    out += '\n';
  }
  std::string_view rest = message.data();
  while (true) {
    const std::size_t end = rest.find_first_of("\r\n");
    out += "data: ";
    out += rest.substr(0, end);
    out += '\n';
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + (rest.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  out += '\n';
}

class EventEncoder final : public MessageEncoder {
 public:
  explicit EventEncoder(bool chunked) : chunked_(chunked) {}
  void encode(const Message& message, std::string& out) const override {
    if (!chunked_) {
      append_event(message, out);
      return;
    }
    std::string event;
    append_event(message, event);
    http::append_chunk(event, out);
  }

 private:
  const bool chunked_;
};

const EventEncoder& encoder(bool chunked) {
  static const EventEncoder kPlain(false);
  static const EventEncoder kChunked(true);
  return chunked ? kChunked : kPlain;
}

class EventCarrier final : public Carrier, public http::Exchange::Owner {
 public:
  explicit EventCarrier(http::Exchange& exchange) : exchange_(exchange) {}

  void attach(Session& session) {
    session_ = &session;
    session.attach(*this);
  }
  Taken write(std::span<const Frame> frames) override {
    std::string& out = sockjs::scratch();
    std::size_t taken = 0;
    while (taken < frames.size()) {
      append(frames[taken], out);
      ++taken;
      if (out.size() < sockjs::kHighWater) continue;
      exchange_.write_framed(out);
      out.clear();
      if (exchange_.queued() > sockjs::kHighWater) break;
    }
    if (!out.empty()) exchange_.write_framed(out);
    out.clear();
    return {taken, exchange_.queued() > sockjs::kHighWater ? Taken::Then::wait : Taken::Then::more};
  }
  void finish(Detach why) override {
    session_ = nullptr;
    if (why == Detach::lost) {
      exchange_.abort();
    } else {
      exchange_.end();
    }
  }
  void on_drained() override {
    if (session_ != nullptr) session_->ready(*this);
  }
  void on_lost() override {
    if (session_ != nullptr) std::exchange(session_, nullptr)->detach(*this, Detach::lost);
  }
  void limit_unsent(std::size_t bytes) override { exchange_.limit_unsent(bytes); }
  std::string peer_address() const override { return exchange_.remote_address(); }

 private:
  void append(const Frame& frame, std::string& out) const {
    if (frame.kind == Frame::Kind::message) {
      frame.message->append_encoded(encoder(exchange_.chunked()), out);
    } else if (frame.kind == Frame::Kind::heartbeat) {
      exchange_.chunked() ? http::append_chunk(kComment, out) : void(out += kComment);
    }
  }

  http::Exchange& exchange_;
  Session* session_ = nullptr;
};

}  // namespace

Result<void> serve_events(http::Exchange& exchange, Sessions& sessions) {
  const http::Request& request = exchange.request();
  // A session that opens only to say why it closes would have the browser come back for ever.
  const std::shared_ptr<const AccessAnswer>& answer = sessions.answer();
  if (answer && answer->kind == AccessAnswer::Kind::refused) {
    return PeerError{.status = 403, .text = answer->reason.text};
  }
  const std::string address = exchange.remote_address();
  const std::string origin(request.field("origin"));
  const Result<Places> places = sessions.take_places(address, kEventsTransport);
  if (!places) return places.error();
  http::ResponseHead head = sockjs::ServiceHead(request, sessions.options(), true).make(200);
  head.type(http::quirks::kEventStreamType).unbuffered();
  auto owned = std::make_unique<EventCarrier>(exchange);
  EventCarrier& carrier = *owned;
  exchange.wait(std::move(owned));
  exchange.begin(head);
  Opening opening;
  opening.transport = kEventsTransport;
  opening.origin = origin;
  opening.remote_address = address;
  carrier.attach(sessions.open({}, opening, *places));
  return {};
}

}  // namespace encke
