// The logical socket.
#include "server/core/session.hpp"

#include "server/core/sessions.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace encke {

namespace {

// Frames offered to a carrier at once: the price of a carrier that takes few of them, however many wait.
constexpr std::size_t kBatch = 256;

}  // namespace

Session::Session(Sessions& sessions, std::string id)
    : sessions_(sessions), id_(std::move(id)), channel_(*this) {}

Session::~Session() { assert(carrier_ == nullptr); }

void Session::attach(Carrier& carrier) {
  assert(state_ != State::over);
  // A carrier that only waits for the end of the turn to get its close frame makes room for this one.
  if (carrier_ != nullptr && state_ == State::closing) flush();
  if (carrier_ != nullptr) {
    const CloseReason another{close_code::kAnotherCarrier, "Another connection still open"};
    const Frame frame{.kind = Frame::Kind::close, .reason = &another};
    if (carrier.write({&frame, 1}).then != Taken::Then::finished) carrier.finish(Detach::refused);
    return;
  }
  carrier_ = &carrier;
  carrier_full_ = false;
  await(Awaits::heartbeat);
  // At once, since what the carrier has just begun to write leaves in the same piece then.
  flush();
  if (state_ == State::closing || wants_writable_) sessions_.loop().turn.defer(*this);
}

void Session::receive(const Message& message) {
  if (state_ != State::open || !channel_.message_handler_) return;
  // It may replace itself, so it does not run where the new one goes.
  auto handler = std::exchange(channel_.message_handler_, nullptr);
  channel_.message_handler_set_ = false;
  sessions_.guard(*this, [&] { handler(message); });
  if (!channel_.message_handler_set_) channel_.message_handler_ = std::move(handler);
}

void Session::ready(Carrier& carrier) {
  if (&carrier != carrier_) return;
  carrier_full_ = false;
  sessions_.loop().turn.defer(*this);
}

void Session::flush_for(Carrier& carrier) {
  if (&carrier == carrier_) flush();
}

void Session::alive(Carrier& carrier) {
  if (&carrier == carrier_ && awaits_ == Awaits::answer) await(Awaits::heartbeat);
}

void Session::detach(Carrier& carrier, Detach why) {
  if (&carrier == carrier_) let_go(why);
}

void Session::closed_by_peer(Carrier& carrier, const CloseReason& reason) {
  if (&carrier != carrier_) return;
  carrier_ = nullptr;
  end(reason);
}

void Session::let_go(Detach why) {
  carrier_ = nullptr;
  carrier_full_ = false;
  if (why == Detach::lost) {
    end({close_code::kAbnormal, "the connection was lost"});
  } else if (id_.empty() && state_ == State::closing) {
    end(*reason_);
  } else if (id_.empty()) {
    close(close_code::kAbnormal, "the connection ended");  // at the end of the turn: send() may be what asked
  } else {
    await(Awaits::carrier);
  }
}

bool Session::send(const Message& message) {
  if (state_ != State::open) return false;
  const std::size_t limit = sessions_.options().outbox_bytes;
  const auto crosses = [&] {
    const std::size_t pending = outbox_.pending_cost();
    return pending > 0 && pending + message.size() + Outbox::kMessageCost > limit;
  };
  // Much in one turn does not make a reader slow, as long as its carrier takes it.
  if (crosses()) flush();
  if (state_ != State::open) return false;
  if (crosses()) {
    outbox_.clear();
    close(close_code::kPolicy, "the reader fell behind by more than " + std::to_string(limit) + " bytes");
    if (carrier_full_) {
      // It would never take the close frame; the next carrier of a listed session gets it.
      Carrier* const stuck = std::exchange(carrier_, nullptr);
      stuck->finish(Detach::lost);
      carrier_full_ = false;
      await(Awaits::carrier);
    }
    return false;
  }
  if (outbox_.pending_cost() > limit / 2) wants_writable_ = true;
  outbox_.push(message);
  sessions_.loop().turn.defer(*this);
  return true;
}

void Session::close(std::uint16_t code, std::string_view text) {
  if (state_ != State::open) return;
  state_ = State::closing;
  reason_ = std::make_unique<CloseReason>(CloseReason{code, std::string(text)});
  sessions_.loop().turn.defer(*this);
}

void Session::end_of_turn() {
  if (state_ == State::over) return;
  flush();
  if (state_ == State::closing) {
    tell_closed(*reason_);
    if (carrier_ != nullptr) {
      await(Awaits::drain);
    } else if (id_.empty()) {
      end(*reason_);
    }
  }
  if (state_ == State::open && wants_writable_ && outbox_.pending() == 0) {
    wants_writable_ = false;
    if (!channel_.writable_handler_) return;
    auto handler = std::exchange(channel_.writable_handler_, nullptr);
    channel_.writable_handler_set_ = false;
    sessions_.guard(*this, [&] { handler(); });
    if (!channel_.writable_handler_set_) channel_.writable_handler_ = std::move(handler);
  }
}

void Session::tell_closed(const CloseReason& reason) {
  if (std::exchange(told_, true)) return;
  const auto handler = std::exchange(channel_.close_handler_, nullptr);
  if (handler) sessions_.guard(*this, [&] { handler(reason); });
  channel_.message_handler_ = nullptr;
  channel_.writable_handler_ = nullptr;
}

void Session::flush() {
  while (carrier_ != nullptr && !carrier_full_ && flush_batch()) {
  }
}

/// Offers the next frames; false when that was all there is.
bool Session::flush_batch() {
  std::vector<Frame>& frames = sessions_.frames_;
  frames.clear();
  if (!open_written_) frames.push_back({.kind = Frame::Kind::open});
  const std::size_t messages = std::min(outbox_.pending(), kBatch);
  for (std::size_t index = 0; index < messages; ++index) {
    frames.push_back({.kind = Frame::Kind::message, .message = &outbox_.peek(index)});
  }
  const bool all = messages == outbox_.pending();
  const bool closes = all && state_ == State::closing;
  if (closes) frames.push_back({.kind = Frame::Kind::close, .reason = reason_.get()});
  if (frames.empty()) return false;
  const Taken taken = carrier_->write(frames);
  assert(taken.frames <= frames.size());
  assert(taken.then != Taken::Then::more || taken.frames == frames.size());
  settle(taken, closes);
  return !all;
}

void Session::settle(Taken taken, bool close_offered) {
  std::size_t frames = taken.frames;
  if (!open_written_ && frames > 0) {
    open_written_ = true;
    --frames;
  }
  const std::size_t messages = std::min(frames, outbox_.pending());
  outbox_.taken(messages);
  // This wire has no acknowledgements: what a carrier took is gone.
  outbox_.acknowledge(outbox_.next());
  const bool closed = frames > messages;
  assert(!closed || close_offered);

  if (closed && taken.then != Taken::Then::finished) carrier_->finish(Detach::closed);
  if (closed || taken.then == Taken::Then::finished) {
    let_go(closed ? Detach::closed : Detach::finished);
  } else {
    carrier_full_ = taken.then == Taken::Then::wait;
  }
}

void Session::beat() {
  if (carrier_full_) {  // What it has not taken yet shows as well as a heartbeat would that we are here.
    await(Awaits::heartbeat);
    return;
  }
  const bool answers = carrier_->answers_heartbeats();
  const Frame frame{.kind = Frame::Kind::heartbeat};
  const Taken taken = carrier_->write({&frame, 1});
  if (taken.then == Taken::Then::finished) {
    let_go(Detach::finished);
    return;
  }
  carrier_full_ = taken.then == Taken::Then::wait;
  await(answers ? Awaits::answer : Awaits::heartbeat);
}

void Session::await(Awaits what) {
  awaits_ = what;
  const ServiceOptions& options = sessions_.options();
  switch (what) {
    case Awaits::nothing:
      forget_deadline();
      break;
    case Awaits::heartbeat:
      if (options.heartbeat > Millis{0}) {
        set_deadline_in(options.heartbeat);
      } else {
        forget_deadline();
      }
      break;
    case Awaits::answer:
      set_deadline_in(options.heartbeat_answer);
      break;
    case Awaits::carrier:
    case Awaits::drain:
      set_deadline_in(options.disconnect_delay);
      break;
  }
}

TimerWheel& Session::wheel() const { return sessions_.loop().timers; }

void Session::on_deadline_passed() {
  switch (awaits_) {
    case Awaits::nothing:
      break;
    case Awaits::heartbeat:
      if (carrier_ != nullptr) beat();
      break;
    case Awaits::answer:
      close(close_code::kBrokenFraming, "No response from heartbeat");
      break;
    case Awaits::carrier:
      end({close_code::kAbnormal, "the browser did not come back in time"});
      break;
    case Awaits::drain:
      std::exchange(carrier_, nullptr)->finish(Detach::lost);
      end(*reason_);
      break;
  }
}

void Session::end(const CloseReason& reason) {
  if (state_ == State::over) return;
  state_ = State::over;
  await(Awaits::nothing);
  outbox_.clear();
  if (carrier_ != nullptr) std::exchange(carrier_, nullptr)->finish(Detach::closed);
  tell_closed(reason_ ? *reason_ : reason);
  sessions_.retire(*this);
}

}  // namespace encke
