// The carriers of all HTTP transports.
#include "transports/shared/receiver.hpp"

#include "server/core/release.hpp"
#include "transports/shared/scratch.hpp"
#include "transports/shared/service_head.hpp"
#include "transports/shared/sockjs_frames.hpp"

#include <memory>
#include <utility>

namespace encke::sockjs {

namespace {

class Receiver : public Carrier, public http::Exchange::Owner {
 public:
  explicit Receiver(http::Exchange& exchange, const ReceiverKind& kind) : exchange_(exchange), kind_(kind) {}

  void attach(Session& session) {
    session_ = &session;
    session.attach(*this);
  }
  void on_drained() override {
    if (session_ != nullptr) session_->ready(*this);
  }
  void on_lost() override {
    if (session_ != nullptr) std::exchange(session_, nullptr)->detach(*this, Detach::lost);
  }

 protected:
  http::Exchange& exchange_;
  const ReceiverKind& kind_;
  Session* session_ = nullptr;
};

class PollReceiver final : public Receiver {
 public:
  PollReceiver(http::Exchange& exchange, const ReceiverKind& kind, ServiceHead head,
               std::string_view callback)
      : Receiver(exchange, kind), head_(std::move(head)), callback_(callback) {}

  Taken write(std::span<const Frame> frames) override {
    std::string frame;
    const std::size_t taken = append_frame(frames, frame);
    std::string& body = scratch();
    kind_.envelope.append(frame, callback_, body);
    session_ = nullptr;
    exchange_.respond(head_.make(kind_), body);
    return {taken, Taken::Then::finished};
  }
  void finish(Detach) override {
    session_ = nullptr;
    exchange_.abort();
  }

 private:
  ServiceHead head_;
  std::string callback_;
};

class StreamReceiver final : public Receiver {
 public:
  StreamReceiver(http::Exchange& exchange, const ReceiverKind& kind, std::size_t limit)
      : Receiver(exchange, kind), limit_(limit) {}

  Taken write(std::span<const Frame> frames) override {
    std::string& out = scratch();
    std::size_t taken = 0;
    while (taken < frames.size() && sent_ < limit_) {
      append(frames[taken], out);
      ++taken;
      if (out.size() < kHighWater) continue;
      exchange_.write_framed(out);
      out.clear();
      if (exchange_.queued() > kHighWater) break;
    }
    if (!out.empty()) exchange_.write_framed(out);
    out.clear();
    if (sent_ >= limit_) {
      session_ = nullptr;
      exchange_.end();
      return {taken, Taken::Then::finished};
    }
    return {taken, exchange_.queued() > kHighWater ? Taken::Then::wait : Taken::Then::more};
  }

  void finish(Detach why) override {
    session_ = nullptr;
    if (why == Detach::lost) {
      exchange_.abort();
    } else {
      exchange_.end();
    }
  }

 private:
  void append(const Frame& frame, std::string& out) {
    const std::size_t before = out.size();
    if (frame.kind == Frame::Kind::message) {
      const bool chunked = exchange_.chunked();
      frame.message->append_encoded(chunked ? kind_.chunked_message : kind_.plain_message, out);
      sent_ += chunked ? http::chunk_data_size(out.size() - before) : out.size() - before;
      return;
    }
    std::string text;
    append_frame({&frame, 1}, text);
    std::string enveloped;
    kind_.envelope.append(text, {}, enveloped);
    sent_ += enveloped.size();
    if (exchange_.chunked()) {
      http::append_chunk(enveloped, out);
    } else {
      out += enveloped;
    }
  }

  const std::size_t limit_;
  std::size_t sent_ = 0;  // of what counts against the limit: frames in their envelopes
};

}  // namespace

void EnvelopedMessage::encode(const Message& message, std::string& out) const {
  const Frame frame{.kind = Frame::Kind::message, .message = &message};
  thread_local std::string text;
  thread_local std::string enveloped;
  text.clear();
  append_frame({&frame, 1}, text);
  if (!chunked_) {
    envelope_.append(text, {}, out);
  } else {
    enveloped.clear();
    envelope_.append(text, {}, enveloped);
    http::append_chunk(enveloped, out);
  }
  if (text.capacity() > kHighWater) release(text);
  if (enveloped.capacity() > kHighWater) release(enveloped);
}

Session& session_of(http::Exchange& exchange, Sessions& sessions, std::string_view transport) {
  const http::Request& request = exchange.request();
  if (Session* known = sessions.find(request.captured)) return *known;
  const std::string address = exchange.remote_address();
  Opening opening;
  opening.transport = transport;
  opening.origin = request.field("origin");
  opening.remote_address = address;
  return sessions.open(request.captured, opening);
}

void poll(http::Exchange& exchange, Sessions& sessions, std::string_view transport, const ReceiverKind& kind,
          std::string_view callback) {
  Session& session = session_of(exchange, sessions, transport);
  auto receiver = std::make_unique<PollReceiver>(
      exchange, kind, ServiceHead(exchange.request(), sessions.options(), kind.cross_origin), callback);
  PollReceiver& attached = *receiver;
  exchange.wait(std::move(receiver));
  attached.attach(session);
}

void stream(http::Exchange& exchange, Sessions& sessions, std::string_view transport,
            const ReceiverKind& kind, std::string_view prelude) {
  Session& session = session_of(exchange, sessions, transport);
  const ServiceHead head(exchange.request(), sessions.options(), kind.cross_origin);
  auto receiver = std::make_unique<StreamReceiver>(exchange, kind, sessions.options().response_limit);
  StreamReceiver& attached = *receiver;
  exchange.wait(std::move(receiver));
  exchange.begin(head.make(kind));
  if (exchange.chunked()) {
    std::string chunk;
    http::append_chunk(prelude, chunk);
    exchange.write_framed(chunk);
  } else {
    exchange.write_framed(prelude);
  }
  attached.attach(session);
}

}  // namespace encke::sockjs
