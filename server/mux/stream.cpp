// One stream of a multiplexed session.
#include "server/mux/stream.hpp"

#include "server/core/guard.hpp"
#include "server/core/sessions.hpp"
#include "server/core/utf8.hpp"
#include "server/mux/mux.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace encke::mux {

namespace {

constexpr std::uint16_t kTryAgainLater = 1013;
constexpr int kTooMany = 429;
constexpr int kUnavailable = 503;

/// Codes as those of Access::deny(), which a WebSocket's page never sees.
std::uint16_t code_of(int status) {
  return status == kTooMany || status == kUnavailable ? kTryAgainLater : close_code::kPolicy;
}

/// What a frame has room for; UTF-8, whoever wrote it.
std::string reason_of(const std::string& text) {
  std::string reason = replace_invalid_utf8(text);
  if (reason.size() <= kLongestReason) return reason;
  std::size_t end = kLongestReason;
  while ((static_cast<unsigned char>(reason[end]) & 0xC0u) == 0x80u) --end;
  reason.resize(end);
  return reason;
}

std::string_view path_of(std::string_view path) { return path.substr(0, path.find('?')); }

}  // namespace

Stream::~Stream() { assert(session_ == nullptr && question_ == nullptr); }

// ---- opening --------------------------------------------------------------------------------------------

void Stream::ask(const mux::Frame& frame) {
  path_ = path_of(frame.bytes);
  const std::optional<Target> target = mux_.target(path_);
  if (!target) {
    refuse(close_code::kPolicy, "no service that is carried here is at that path");
    return;
  }
  if (frame.number < kLeastWindow) {
    refuse(close_code::kProtocolError, "the window is " + std::to_string(frame.number) +
                                           ", expected at least " + std::to_string(kLeastWindow));
    return;
  }
  const std::vector<std::string>& spoken = target->sessions.options().protocols;
  for (const std::string_view name : frame.protocols) {
    if (std::find(spoken.begin(), spoken.end(), name) == spoken.end()) continue;
    protocol_ = name;
    break;
  }
  if (protocol_.empty() && !frame.protocols.empty()) {
    refuse(close_code::kPolicy, "the service speaks none of the sub-protocols that were asked for");
    return;
  }
  static_cast<void>(departures_.add_credit(frame.number));
  const Asking asking{.path = frame.bytes,
                      .token = frame.token,
                      .origin = mux_.origin(),
                      .remote_address = mux_.remote_address()};
  question_ =
      std::make_unique<Question>(mux_.setting(), *target, asking,
                                 [this](const std::shared_ptr<const AccessAnswer>& answer) { open(answer); });
}

void Stream::end_question() {
  if (!question_) return;
  question_->forget();
  mux_.setting().loop.turn.bury(std::move(question_));
}

void Stream::open(const std::shared_ptr<const AccessAnswer>& answer) {
  const Sessions* const asked = &question_->sessions();
  end_question();
  if (answer->kind == AccessAnswer::Kind::denied) {
    refuse(code_of(answer->status), answer->reason.text);
    return;
  }
  // Meanwhile another may have come in its place, which the answer is not about.
  const std::optional<Target> target = mux_.target(path_);
  if (!target || &target->sessions != asked || asked->dismissing()) {
    refuse(close_code::kGoingAway, "the service has gone");
    return;
  }
  Sessions& sessions = target->sessions;
  Opening opening;
  opening.transport = "mux";
  opening.protocol = protocol_;
  opening.origin = mux_.origin();
  opening.remote_address = mux_.remote_address();
  const Result<Places> places = sessions.take_places(opening.remote_address, opening.transport);
  if (!places) {
    refuse(code_of(places.error().status), places.error().text);
    return;
  }
  const std::size_t held = sessions.options().outbox_bytes / 2;
  window_ = static_cast<std::uint32_t>(
      std::clamp<std::size_t>(std::min(held, mux_.setting().options.window), kLeastWindow, kLargest));
  credit_ = window_;
  const Sessions::Answering scope(sessions, answer);
  session_ = &sessions.open({}, opening, *places);
  session_->attach(*this);
}

void Stream::refuse(std::uint16_t code, std::string text) { close_with({code, std::move(text)}); }

// ---- up -------------------------------------------------------------------------------------------------

bool Stream::accepts() const {
  return session_ != nullptr && !session_->holds() &&
         session_->outbox().pending_bytes() <= session_->sessions().options().outbox_bytes / 2;
}

bool Stream::owes_credit() const { return used_ >= window_ / 2 && opened_sent_ && accepts(); }

void Stream::take_piece(const mux::Frame& piece) {
  if (!opened_sent_ || page_closed_) {
    mux_.fail("a message came in stream " + std::to_string(id_) + ", which is not open");
    return;
  }
  if (session_ == nullptr) return;  // it has crossed our CLOSE
  const std::size_t cost = piece.bytes.size() + kPieceCost;
  credit_ -= static_cast<std::int64_t>(cost);
  if (credit_ < 0) {
    fail({close_code::kProtocolError, "more came than the window of " + std::to_string(window_) +
                                          " bytes has room for; wait for CREDIT"});
    return;
  }
  used_ += static_cast<std::uint32_t>(cost);
  const std::size_t before = arrivals_.size();
  Arrivals::Taken taken = arrivals_.take(piece, session_->sessions().options().max_message_bytes);
  if (!taken.fault && !mux_.hold_partial(before, arrivals_.size())) {
    taken.fault = CloseReason{close_code::kTooBig,
                              "messages that have come in part take more than this session may hold"};
  }
  if (taken.fault) {
    if (taken.fault->code == close_code::kTooBig) {
      count_refused(mux_.setting().loop, Refusal::message, mux_.remote_address());
    }
    fail(std::move(*taken.fault));
    return;
  }
  if (taken.message) session_->receive(*taken.message);
  if (owes_credit()) mux_.wake(*this);
}

void Stream::take_credit(std::uint32_t bytes) {
  if (close_) return;
  if (!departures_.add_credit(bytes)) {
    fail({close_code::kProtocolError, "the credit is more than 2147483647 bytes in all"});
    return;
  }
  mux_.wake(*this);
}

void Stream::take_close(const CloseReason& reason) {
  page_closed_ = true;
  end_question();
  departures_.clear();
  if (session_ != nullptr) std::exchange(session_, nullptr)->closed_by_peer(*this, reason);
  close_with({reason.code, {}});
}

void Stream::fail(CloseReason reason) {
  end_question();
  departures_.clear();
  if (session_ != nullptr) std::exchange(session_, nullptr)->closed_by_peer(*this, reason);
  close_with(std::move(reason));
}

void Stream::over(const CloseReason& reason) {
  end_question();
  departures_.clear();
  mux_.hold_partial(arrivals_.size(), 0);
  arrivals_.clear();
  close_sent_ = page_closed_ = true;
  if (session_ == nullptr) return;
  Session& session = *std::exchange(session_, nullptr);
  if (reason.code == close_code::kAbnormal) {
    session.detach(*this, Detach::lost);
  } else {
    session.closed_by_peer(*this, reason);
  }
}

/// The first counts.
void Stream::close_with(CloseReason reason) {
  mux_.hold_partial(arrivals_.size(), 0);
  arrivals_.clear();
  if (!close_) close_ = std::move(reason);
  mux_.wake(*this);
}

// ---- down -----------------------------------------------------------------------------------------------

Taken Stream::write(std::span<const encke::Frame> frames) {
  std::size_t taken = 0;
  for (const encke::Frame& frame : frames) {
    const bool closes = frame.kind == encke::Frame::Kind::close;
    const bool message = frame.kind == encke::Frame::Kind::message;
    full_ = (closes && !departures_.empty()) || (message && departures_.cost() >= kPieceBytes);
    if (full_) break;
    if (frame.kind == encke::Frame::Kind::open) to_open_ = true;
    if (message) departures_.push(*frame.message);
    if (closes) close_ = *frame.reason;
    ++taken;
  }
  mux_.wake(*this);
  return {taken, full_ ? Taken::Then::wait : Taken::Then::more};
}

void Stream::finish(Detach why) {
  session_ = nullptr;
  if (why == Detach::lost) {
    departures_.clear();
    close_with({close_code::kPolicy, "what was sent was not taken in time"});
  } else {
    close_with({close_code::kGoingAway, "the session has ended"});
  }
}

void Stream::released() { mux_.wake(*this); }

std::string Stream::peer_address() const { return mux_.remote_address(); }

bool Stream::has_to_send() const {
  if (close_sent_) return false;
  return (to_open_ && !opened_sent_) || owes_credit() || departures_.next(id_) ||
         (close_ && departures_.empty());
}

bool Stream::send(Channel& to, const mux::Frame& frame) const {
  std::string bytes;
  append(frame, bytes);
  return to.send(Message::binary(bytes));
}

bool Stream::send_next(Channel& to) {
  if (to_open_ && !opened_sent_) {
    opened_sent_ = send(to, {.stream = id_, .type = Type::opened, .number = window_, .bytes = protocol_});
    return opened_sent_;
  }
  if (owes_credit()) {
    if (!send(to, {.stream = id_, .type = Type::credit, .number = used_})) return false;
    credit_ += used_;
    used_ = 0;
    return true;
  }
  if (const std::optional<mux::Frame> piece = departures_.next(id_)) {
    if (!send(to, *piece)) return false;
    departures_.sent(*piece);
  } else if (close_ && departures_.empty() && !close_sent_) {
    const std::string reason = reason_of(close_->text);
    close_sent_ = send(to, {.stream = id_, .type = Type::close, .number = close_->code, .bytes = reason});
    return close_sent_;
  }
  if (full_ && departures_.cost() < kPieceBytes && session_ != nullptr) {
    full_ = false;
    session_->ready(*this);
  }
  return true;
}

}  // namespace encke::mux
