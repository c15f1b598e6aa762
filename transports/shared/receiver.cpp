// The carriers of all HTTP transports.
#include "transports/shared/receiver.hpp"

#include "server/core/release.hpp"
#include "server/http/quirks.hpp"
#include "transports/shared/facade_frames.hpp"
#include "transports/shared/facade_origin.hpp"
#include "transports/shared/facade_session.hpp"
#include "transports/shared/scratch.hpp"
#include "transports/shared/service_head.hpp"
#include "transports/shared/sockjs_frames.hpp"

#include <memory>
#include <utility>

namespace encke::sockjs {

namespace {

/// What opens a session, kept beside the views of it.
class OpeningFacts {
 public:
  OpeningFacts(const http::Exchange& exchange, std::string_view transport)
      : transport_(transport),
        origin_(exchange.request().field("origin")),
        address_(exchange.remote_address()) {}
  Opening opening() const {
    Opening opening;
    opening.transport = transport_;
    opening.origin = origin_;
    opening.remote_address = address_;
    return opening;
  }

 private:
  std::string_view transport_;
  std::string origin_;
  std::string address_;
};

/// Body bytes as one piece: a chunk, where there are chunks.
void write_whole(http::Exchange& exchange, std::string_view data) {
  if (!exchange.chunked()) {
    exchange.write_framed(data);
    return;
  }
  std::string chunk;
  http::append_chunk(data, chunk);
  exchange.write_framed(chunk);
}

class Receiver : public Carrier, public http::Exchange::Owner {
 public:
  explicit Receiver(http::Exchange& exchange, const ReceiverKind& kind) : exchange_(exchange), kind_(kind) {}

  void attach(Session& session) {
    session_ = &session;
    session.attach(*this);
  }
  /// What opens the session is found out only where the service does not know of it yet: an address costs
  /// much to write.
  void join(Session& session, const Joining& joining, std::string_view transport) {
    session_ = &session;
    std::string address;  // the origin is the session's own
    Opening opening;
    opening.transport = transport;
    if (!session.resumption()->started) {
      address = exchange_.remote_address();
      opening.remote_address = address;
    }
    session.join(*this, joining, opening);
  }
  void on_drained() override {
    if (session_ != nullptr) session_->ready(*this);
  }
  void on_lost() override {
    if (session_ != nullptr) std::exchange(session_, nullptr)->detach(*this, Detach::lost);
  }
  std::string peer_address() const override { return exchange_.remote_address(); }

 protected:
  http::Exchange& exchange_;
  const ReceiverKind& kind_;
  Session* session_ = nullptr;
};

class PollReceiver : public Receiver {
 public:
  PollReceiver(http::Exchange& exchange, const ReceiverKind& kind, ServiceHead head,
               std::string_view callback)
      : Receiver(exchange, kind), head_(std::move(head)), callback_(callback) {}

  Taken write(std::span<const Frame> frames) override {
    thread_local std::string frame;
    frame.clear();
    const std::size_t taken = append_frame(frames, frame);
    std::string& body = scratch();
    body += kind_.begin;
    append_enveloped(frame, body);
    if (frame.capacity() > kHighWater) release(frame);
    answer(body);
    return {taken, Taken::Then::finished};
  }
  void finish(Detach) override {
    session_ = nullptr;
    exchange_.abort();
  }

 protected:
  /// `body` begins as answers of this kind do.
  void answer(std::string& body) {
    session_ = nullptr;
    body += kind_.end;
    exchange_.respond(head_.make(kind_), body);
  }
  void append_enveloped(std::string_view frame, std::string& body) const {
    kind_.envelope.append(frame, callback_, body);
  }

 private:
  ServiceHead head_;
  std::string callback_;
};

/// A poll of the facade's: as many frames as there are.
class FacadePollReceiver final : public PollReceiver {
 public:
  FacadePollReceiver(http::Exchange& exchange, const ReceiverKind& kind, ServiceHead head,
                     std::string_view callback, std::size_t limit)
      : PollReceiver(exchange, kind, std::move(head), callback), limit_(limit) {}

  Taken write(std::span<const Frame> frames) override {
    std::string& body = scratch();
    std::string frame;
    std::size_t taken = 0;
    body += kind_.begin;
    while (taken < frames.size() && (taken == 0 || body.size() < limit_)) {
      frame.clear();
      taken += facade::append_frame(frames.subspan(taken), limit_ - body.size(), frame);
      append_enveloped(frame, body);
    }
    answer(body);
    return {taken, Taken::Then::finished};
  }
  void finish(Detach why) override {
    if (why == Detach::lost) {
      PollReceiver::finish(why);
    } else {
      std::string& body = scratch();
      body += kind_.begin;
      answer(body);
    }
  }

 private:
  const std::size_t limit_;
};

class StreamReceiver final : public Receiver {
 public:
  StreamReceiver(http::Exchange& exchange, const ReceiverKind& kind, const Sessions& sessions, bool pads)
      : Receiver(exchange, kind),
        limit_(sessions.options().response_limit),
        resumable_(sessions.resumable()),
        pads_(pads) {}

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
    if (pads_ && taken > 0) append_padding(out);
    if (!out.empty()) exchange_.write_framed(out);
    out.clear();
    // The session may go on after a close frame where it can resume; this response does not.
    const bool closed = resumable_ && taken > 0 && frames[taken - 1].kind == Frame::Kind::close;
    if (sent_ >= limit_ || closed) {
      session_ = nullptr;
      end();
      return {taken, Taken::Then::finished};
    }
    return {taken, exchange_.queued() > kHighWater ? Taken::Then::wait : Taken::Then::more};
  }

  void finish(Detach why) override {
    session_ = nullptr;
    if (why == Detach::lost) {
      exchange_.abort();
    } else {
      end();
    }
  }
  void limit_unsent(std::size_t bytes) override { exchange_.limit_unsent(bytes); }

 private:
  void end() {
    if (!kind_.end.empty()) write_whole(exchange_, kind_.end);
    exchange_.end();
  }
  void append(const Frame& frame, std::string& out) {
    const std::size_t before = out.size();
    if (frame.kind == Frame::Kind::message) {
      const bool chunked = exchange_.chunked();
      const auto form = resumable_ && frame.message->is_binary() ? EnvelopedMessage::Form::bytes
                                                                 : EnvelopedMessage::Form::text;
      frame.message->append_encoded(kind_.messages.of(form, chunked), out);
      sent_ += chunked ? http::chunk_data_size(out.size() - before) : out.size() - before;
      return;
    }
    std::string text;
    facade::append_frame({&frame, 1}, 0, text);
    std::string enveloped;
    kind_.envelope.append(text, {}, enveloped);
    append_piece(enveloped, out);
  }
  void append_padding(std::string& out) {
    std::string padding;
    kind_.envelope.append_padding(http::quirks::kAndroidBlockBytes, padding);
    if (!padding.empty()) append_piece(padding, out);
  }
  void append_piece(std::string_view piece, std::string& out) {
    sent_ += piece.size();
    if (exchange_.chunked()) {
      http::append_chunk(piece, out);
    } else {
      out += piece;
    }
  }

  const std::size_t limit_;
  const bool resumable_;
  const bool pads_;
  std::size_t sent_ = 0;  // of what counts against the limit: frames in their envelopes, and padding
};

/// The session that request.captured names; opened where there is none.
Result<Session*> session_of(http::Exchange& exchange, Sessions& sessions, std::string_view transport) {
  const http::Request& request = exchange.request();
  if (Session* known = sessions.find(request.captured)) return known;
  const OpeningFacts facts(exchange, transport);
  const Opening opening = facts.opening();
  const Result<Places> places = sessions.take_places(opening.remote_address, transport);
  if (!places) return places.error();
  return &sessions.open(request.captured, opening, *places);
}

void begin_stream(http::Exchange& exchange, http::ResponseHead head, std::string_view prelude) {
  exchange.begin(head.unbuffered());
  write_whole(exchange, prelude);
}

/// What a facade's request for frames asks for.
struct FacadeRequest {
  Session* session;
  Joining joining;
};
Result<FacadeRequest> read_request(const http::Request& request, Sessions& sessions, bool polls) {
  const std::string_view origin = facade::told_origin(request);
  const Result<Session*> session = facade::find(sessions, request.captured, origin);
  if (!session) return session.error();
  const Result<Joining> joining = facade::joining_of(request, polls);
  if (!joining) return joining.error();
  if (const Result<void> may = (*session)->may_join(*joining); !may) return may.error();
  facade::claim(**session, origin);
  return FacadeRequest{*session, *joining};
}

/// A refusal as the page can see it: by its status, or as a frame.
Result<void> refuse(http::Exchange& exchange, Sessions& sessions, const ReceiverKind& kind,
                    const PeerError& error, std::string_view prelude, std::string_view callback) {
  if (kind.shows_status) return error;
  const ServiceHead heads(exchange.request(), sessions.options(), kind.cross_origin, kind.credentials);
  std::string frame;
  facade::append_refusal(error, frame);
  std::string body(prelude);
  body += kind.begin;
  kind.envelope.append(frame, callback, body);
  body += kind.end;
  exchange.respond(heads.make(kind), body);
  return {};
}

}  // namespace

void EnvelopedMessage::encode(const Message& message, std::string& out) const {
  const Frame frame{.kind = Frame::Kind::message, .message = &message};
  thread_local std::string text;
  thread_local std::string enveloped;
  text.clear();
  if (form_ == Form::bytes) {
    facade::append_frame({&frame, 1}, 0, text);
  } else {
    append_frame({&frame, 1}, text);
  }
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

Result<void> poll(http::Exchange& exchange, Sessions& sessions, std::string_view transport,
                  const ReceiverKind& kind, std::string_view callback) {
  ServiceHead head(exchange.request(), sessions.options(), kind.cross_origin, kind.credentials);
  if (!sessions.resumable()) {
    const Result<Session*> session = session_of(exchange, sessions, transport);
    if (!session) return session.error();
    auto receiver = std::make_unique<PollReceiver>(exchange, kind, std::move(head), callback);
    PollReceiver& attached = *receiver;
    exchange.wait(std::move(receiver));
    attached.attach(**session);
    if (!kind.holds) (*session)->beat_now(attached);
    return {};
  }
  const Result<FacadeRequest> asked = read_request(exchange.request(), sessions, true);
  if (!asked) return refuse(exchange, sessions, kind, asked.error(), {}, callback);
  auto receiver = std::make_unique<FacadePollReceiver>(exchange, kind, std::move(head), callback,
                                                       sessions.options().response_limit);
  FacadePollReceiver& joining = *receiver;
  exchange.wait(std::move(receiver));
  joining.join(*asked->session, asked->joining, transport);
  if (!kind.holds) asked->session->beat_now(joining);
  return {};
}

Result<void> stream(http::Exchange& exchange, Sessions& sessions, std::string_view transport,
                    const ReceiverKind& kind, std::string_view prelude) {
  const ServiceHead head(exchange.request(), sessions.options(), kind.cross_origin);
  if (!sessions.resumable()) {
    const Result<Session*> session = session_of(exchange, sessions, transport);
    if (!session) return session.error();
    auto receiver = std::make_unique<StreamReceiver>(exchange, kind, sessions, false);
    StreamReceiver& attached = *receiver;
    exchange.wait(std::move(receiver));
    begin_stream(exchange, head.make(kind), prelude);
    attached.attach(**session);
    return {};
  }
  const Result<FacadeRequest> asked = read_request(exchange.request(), sessions, false);
  if (!asked) return refuse(exchange, sessions, kind, asked.error(), prelude, {});
  const bool pads = facade::wants_padding(exchange.request());
  auto receiver = std::make_unique<StreamReceiver>(exchange, kind, sessions, pads);
  StreamReceiver& joining = *receiver;
  exchange.wait(std::move(receiver));
  begin_stream(exchange, head.make(kind), prelude);
  joining.join(*asked->session, asked->joining, transport);
  return {};
}

}  // namespace encke::sockjs
