// The carrier that is a socket.
#include "transports/shared/socket_carrier.hpp"

#include "server/core/guard.hpp"
#include "server/core/sessions.hpp"
#include "transports/shared/facade_frames.hpp"
#include "transports/shared/facade_sender.hpp"
#include "transports/shared/facade_session.hpp"
#include "transports/shared/scratch.hpp"
#include "transports/shared/sender.hpp"
#include "transports/shared/sockjs_frames.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace encke::sockets {

SocketCarrier::SocketCarrier(ByteStream& stream, SpokenWire wire, std::size_t longest, Framing framing)
    : framing_(framing),
      longest_(static_cast<std::uint32_t>(
          std::min<std::size_t>(longest, std::numeric_limits<std::uint32_t>::max()))),
      stream_(stream),
      wire_(wire.wire) {
  if (wire.state) rare().state = std::move(wire.state);
}

SocketCarrier::SocketCarrier(ByteStream& stream, SpokenWire wire, std::size_t longest,
                             std::unique_ptr<Unjoined> unjoined)
    : SocketCarrier(stream, std::move(wire), longest, Framing::facade) {
  rare().unjoined = std::move(unjoined);
  stream_.set_deadline(stream_.loop().limits().handshake_time);  // for the first frame
}

SocketCarrier::Rare& SocketCarrier::rare() {
  if (!rare_) rare_ = std::make_unique<Rare>();
  return *rare_;
}

/// The next event, which what it shows outlives.
Event SocketCarrier::next(std::span<char>& bytes) {
  if (rare_) return wire_.next(rare_->state, bytes, limits());
  std::unique_ptr<Wire::State> made;
  const Event event = wire_.next(made, bytes, limits());
  if (made) rare().state = std::move(made);
  return event;
}

InputLimits SocketCarrier::limits() const {
  const Sessions* sessions = session_ != nullptr ? &session_->sessions() : nullptr;
  if (rare_ && rare_->unjoined) sessions = &rare_->unjoined->sessions;
  // What comes behind the end of the session is read and dropped.
  const std::size_t fragments =
      sessions != nullptr ? sessions->options().limits.empty_fragments : ServiceLimits().empty_fragments;
  return {longest_, fragments};
}

void SocketCarrier::attach(Session& session) {
  session_ = &session;
  session.attach(*this);
}

void SocketCarrier::append(const Frame& frame, std::string& out) {
  switch (frame.kind) {
    case Frame::Kind::message:
      frame.message->append_encoded(wire_.encoder(framing_, *frame.message), out);
      return;
    case Frame::Kind::acknowledgement:
    case Frame::Kind::beginning: {
      std::string text;
      facade::append_frame({&frame, 1}, 0, text);
      wire_.append_text(text, out);
      return;
    }
    case Frame::Kind::open:
      if (framing_ == Framing::sockjs) wire_.append_text(sockjs::kOpenFrame, out);
      return;
    case Frame::Kind::heartbeat:
      heard_ = false;
      if (framing_ != Framing::facade && wire_.has_pings()) {
        wire_.append_ping(out);
      } else if (framing_ != Framing::raw) {
        wire_.append_text(sockjs::kHeartbeatFrame, out);
      }
      return;
    case Frame::Kind::close:
      if (framing_ == Framing::raw) {
        close_sent_ = true;
        wire_.append_close(state(), *frame.reason, out);
        return;
      }
      std::string text;
      sockjs::append_close(*frame.reason, text);
      wire_.append_text(text, out);
      if (framing_ == Framing::facade) return;  // the page answers before the socket closes
      close_sent_ = true;
      wire_.append_close(state(), {close_code::kNormal, "Normal closure"}, out);
      return;
  }
}

Taken SocketCarrier::write(std::span<const Frame> frames) {
  std::string& out = sockjs::scratch();
  std::size_t taken = 0;
  while (taken < frames.size()) {
    append(frames[taken], out);
    ++taken;
    if (out.size() < sockjs::kHighWater) continue;
    stream_.write(out);
    out.clear();
    if (stream_.queued() > sockjs::kHighWater) break;
  }
  stream_.write(out);
  out.clear();
  if (stream_.queued() > sockjs::kHighWater) return {taken, Taken::Then::wait};
  if (paused() && taken == frames.size()) resume_soon();
  return {taken, Taken::Then::more};
}

void SocketCarrier::finish(Detach why) {
  session_ = nullptr;
  if (framing_ == Framing::facade && why != Detach::lost && !std::exchange(close_sent_, true)) {
    std::string out;
    wire_.append_close(state(), {close_code::kNormal, {}}, out);
    stream_.write(out);
  }
  if (why == Detach::lost || !close_sent_) {
    over_ = true;
    stream_.abort();
    return;
  }
  if (!wire_.has_close()) {
    over_ = true;
    stream_.close();
    return;
  }
  // What the peer still sends is read, and dropped, until its close frame comes.
  if (paused()) {
    rare_->held.clear();
    rare_->paused = false;
    stream_.resume();
  }
  if (rare_) rare_->timed = Begun::Part::nothing;  // from now on the deadline is for its close
  stream_.set_deadline(stream_.loop().limits().close_time);
}

bool SocketCarrier::backlogged() const {
  if (stream_.queued() > sockjs::kHighWater) return true;
  // The facade's page is bounded by its window: acknowledgements stand among what it sends.
  if (session_ == nullptr || framing_ == Framing::facade) return false;
  return session_->holds() ||
         (session_->outbox().pending_bytes() > session_->sessions().options().outbox_bytes / 2);
}

void SocketCarrier::resume_soon() { stream_.loop().turn.defer(*this); }

void SocketCarrier::end_of_turn() {
  if (over_ || !paused() || backlogged()) return;
  rare_->paused = false;
  std::string held = std::exchange(rare_->held, {});
  stream_.catch_up([&] { on_bytes(held); });
  if (paused() || over_) return;
  if (framing_ != Framing::facade && !rare_->state) rare_.reset();
  stream_.resume();
}

void SocketCarrier::on_bytes(std::span<char> bytes) {
  heard_ = true;
  bool messages = false;
  bool frames = false;
  while (!over_) {
    const Event event = next(bytes);
    if (event.type == Event::Type::need_more) {
      if (rare_) time_what_began(messages, frames);
      return;
    }
    frames = true;
    messages = messages || event.type == Event::Type::text || event.type == Event::Type::binary;
    // What is found wrong may have cost as much as the longest message.
    stream_.loop().turn.ask(event.type == Event::Type::error ? longest_ : event.payload.size());
    if (!take(event)) return;
    // A peer that sends without reading is slowed by its own socket, not queued for.
    if (!over_ && backlogged()) {
      rare().held.assign(bytes.data(), bytes.size());
      forget_what_began();  // it is for us to go on
      if (!std::exchange(rare_->paused, true)) stream_.pause();
      resume_soon();
      return;
    }
  }
}

bool SocketCarrier::take(const Event& event) {
  switch (event.type) {
    case Event::Type::need_more:
      return true;
    case Event::Type::text:
    case Event::Type::binary:
      if (framing_ == Framing::facade) {
        deliver_facade(event);
      } else if (session_ != nullptr) {
        deliver(event);
      }
      return true;
    case Event::Type::ping:
      if (session_ != nullptr) session_->flush_for(*this);
      if (!close_sent_) {
        std::string& out = sockjs::scratch();
        wire_.append_pong(event.payload, out);
        stream_.write(out);
      }
      return true;
    case Event::Type::pong:
      if (session_ != nullptr) session_->alive(*this);
      return true;
    case Event::Type::close: {
      const CloseReason reason{event.code, std::string(event.reason)};
      close_by_peer(reason, {event.code, {}}, true);
      return false;
    }
    case Event::Type::error: {
      if (event.code == close_code::kTooBig) count_refused(stream_, Refusal::message);
      if (event.code == close_code::kPolicy) count_refused(stream_, Refusal::fragments);
      const CloseReason reason{event.code, std::string(event.reason)};
      close_by_peer(reason, reason);
      return false;
    }
  }
  return false;
}

void SocketCarrier::deliver(const Event& event) {
  const bool text = event.type == Event::Type::text;
  if (framing_ == Framing::raw) {
    session_->receive(text ? Message::text(event.payload) : Message::binary(event.payload));
    return;
  }
  if (event.payload.empty()) return;
  const sockjs::SharedPayload payload;
  if (payload->parse(event.payload, sockjs::Payload::Form::array_or_string) != sockjs::PayloadError::none) {
    const CloseReason broken{close_code::kBrokenFraming, "Broken framing."};
    close_by_peer(broken, broken);
    return;
  }
  for (const std::string_view message : payload->messages()) {
    if (session_ != nullptr) session_->receive(Message::text(message));
  }
}

void SocketCarrier::deliver_facade(const Event& event) {
  if (rare_->unjoined) {
    join(event.type == Event::Type::text ? std::string_view(event.payload) : std::string_view{});
    return;
  }
  if (session_ == nullptr) return;
  session_->alive(*this);
  if (event.type == Event::Type::text && event.payload.starts_with('k')) {
    // By far the most frequent letter of one frame, and there is nothing to collect from it.
    if (const std::optional<std::uint64_t> number = facade::parse_number(event.payload.substr(1))) {
      if (const Result<void> known = session_->acknowledge(*number); !known) refuse(known.error());
      return;
    }
  }
  facade::BorrowedLetter letter;
  const facade::LetterLimits limits = facade::limits_of(session_->sessions().options());
  const Result<void> read = event.type == Event::Type::binary
                                ? facade::take_binary(event.payload, limits, *letter)
                                : facade::parse_letter(event.payload, limits, *letter);
  if (!read) {
    refuse(read.error());
    return;
  }
  Session& session = *session_;
  std::optional<facade::SampleWatch> watch;
  if (letter->sample) watch.emplace();
  const std::uint64_t first = rare_->next_up;
  rare_->next_up += letter->messages.size();
  if (letter->asks) session.tell();
  if (const Result<void> delivered = facade::deliver(session, *letter, first); !delivered) {
    refuse(delivered.error());
    return;
  }
  if (watch && session_ != nullptr) {
    std::string out;
    wire_.append_text(watch->done(session, *letter->sample), out);
    stream_.write(out);
  }
}

/// The first frame: the socket becomes its session's carrier.
void SocketCarrier::join(std::string_view frame) {
  const std::unique_ptr<Unjoined> asks = std::move(rare_->unjoined);
  stream_.clear_deadline();
  const Result<facade::SocketJoining> stated = facade::parse_joining(frame);
  if (!stated) {
    refuse(stated.error());
    return;
  }
  const Result<Session*> session = facade::find(asks->sessions, asks->key, asks->origin);
  if (!session) {
    refuse(session.error());
    return;
  }
  Result<void> may = (*session)->may_join(stated->joining);
  if (may) may = (*session)->may_accept(stated->first);
  if (!may) {
    refuse(may.error());
    return;
  }
  facade::claim(**session, asks->origin);
  rare_->next_up = stated->first;
  session_ = *session;
  Opening opening;
  opening.transport = asks->transport;
  opening.remote_address = asks->remote_address;
  session_->join(*this, stated->joining, opening);
}

/// Tells the page why it is not served on this socket; the session goes on without it.
void SocketCarrier::refuse(const PeerError& error) {
  if (error.close_code == close_code::kTooBig) count_refused(stream_, Refusal::message);
  std::string frame;
  facade::append_refusal(error, frame);
  std::string out;
  wire_.append_text(frame, out);
  stream_.write(out);
  close_by_peer({close_code::kAbnormal, error.text}, {close_code::kNormal, {}});
}

void SocketCarrier::close_by_peer(const CloseReason& reason, const CloseReason& answer, bool in_order) {
  // What the application said before this stands before our close frame.
  if (session_ != nullptr) session_->flush_for(*this);
  over_ = true;
  if (rare_) rare_->held.clear();
  if (session_ != nullptr) std::exchange(session_, nullptr)->closed_by_peer(*this, reason);
  if (!std::exchange(close_sent_, true)) {
    std::string out;
    wire_.append_close(state(), answer, out);
    stream_.write(out);
  }
  // Behind its close frame a peer says nothing more, so there is nobody to wait for.
  if (in_order) {
    stream_.leave();
  } else {
    stream_.close();
  }
}

void SocketCarrier::on_drained() {
  if (session_ != nullptr) session_->ready(*this);
  if (paused()) resume_soon();
}

void SocketCarrier::on_lost() {
  over_ = true;
  if (session_ != nullptr) std::exchange(session_, nullptr)->detach(*this, Detach::lost);
}

}  // namespace encke::sockets
