// The logical socket.
#include "server/core/session.hpp"

#include "server/core/sessions.hpp"

#include <encke/access.hpp>

#include <algorithm>
#include <cassert>
#include <functional>
#include <new>
#include <utility>

namespace encke {

namespace {

// Frames offered to a carrier at once: the price of a carrier that takes few of them, however many wait.
constexpr std::size_t kBatch = 256;

/// Whether a page opens another session after such a close, and says there what did not arrive here: the
/// server, or what let the page in, is at an end, not the conversation.
bool comes_back(std::uint16_t code) {
  constexpr std::uint16_t kServiceRestart = 1012;
  constexpr std::uint16_t kTryAgainLater = 1013;
  return code == close_code::kGoingAway || code == close_code::kInternalError || code == kServiceRestart ||
         code == kTryAgainLater || code == close_code::kAccessExpired;
}

}  // namespace

std::unique_ptr<Session> Session::make(Sessions& sessions, std::string_view id,
                                       std::unique_ptr<Resumption> resumption) {
  assert(id.size() <= kLongestId);
  void* const place = ::operator new(sizeof(Session) + id.size());
  auto* const session = new (place) Session(sessions, id, std::move(resumption));
  return std::unique_ptr<Session>(session);
}

Session::Session(Sessions& sessions, std::string_view id, std::unique_ptr<Resumption> resumption)
    : id_size_(static_cast<std::uint16_t>(id.size())),
      sessions_(sessions),
      resumption_(std::move(resumption)) {
  std::copy(id.begin(), id.end(), reinterpret_cast<char*>(this + 1));
  open_written_ = resumption_ != nullptr;
}

Session::Rare::~Rare() = default;

Session::Rare& Session::rare() {
  if (!rare_) rare_ = std::make_unique<Rare>();
  return *rare_;
}

Session::~Session() { assert(carrier_ == nullptr); }

void Session::agree_on(std::string_view protocol) {
  const std::vector<std::string>& known = sessions_.options().protocols;
  const auto found = std::find(known.begin(), known.end(), protocol);
  const auto place = static_cast<std::uint16_t>(found - known.begin());
  protocol_ = found == known.end() ? std::uint16_t{0} : static_cast<std::uint16_t>(place + 1);
}

void Session::attach(Carrier& carrier) {
  assert(state_ != State::over && !resumption_);
  // A carrier that only waits for the end of the turn to get its close frame makes room for this one.
  if (carrier_ != nullptr && state_ == State::closing) flush();
  if (carrier_ != nullptr) {
    const CloseReason another{close_code::kAnotherCarrier, "Another connection still open"};
    const Frame frame{.kind = Frame::Kind::close, .reason = &another};
    if (carrier.write({&frame, 1}).then != Taken::Then::finished) carrier.finish(Detach::refused);
    return;
  }
  begin_with(carrier);
}

void Session::begin_with(Carrier& carrier) {
  carrier_ = &carrier;
  carrier_full_ = false;
  if (const std::size_t most = sessions_.options().unsent_bytes; most > 0) carrier.limit_unsent(most);
  await(Awaits::heartbeat);
  // At once, since what the carrier has just begun to write leaves in the same piece then.
  flush();
  if (state_ == State::closing || wants_writable_) sessions_.loop().turn.defer(*this);
}

void Session::ready(Carrier& carrier) {
  if (&carrier != carrier_) return;
  carrier_full_ = false;
  sessions_.loop().turn.defer(*this);
}

void Session::flush_for(Carrier& carrier) {
  if (&carrier == carrier_) flush();
}

void Session::beat_now(Carrier& carrier) {
  if (&carrier == carrier_) beat();
}

void Session::alive(Carrier& carrier) {
  if (&carrier == carrier_ && awaits_ == Awaits::answer) await(Awaits::heartbeat);
}

void Session::detach(Carrier& carrier, Detach why) {
  if (&carrier == carrier_) let_go(why);
}

void Session::closed_by_peer(Carrier& carrier, const CloseReason& reason) {
  if (&carrier != carrier_) return;
  if (!resumption_) {
    carrier_ = nullptr;
    end_after_held(reason);
  } else if (resumption_->close_taken) {
    carrier_ = nullptr;
    end(*close_reason());
  } else {
    let_go(Detach::lost);  // browsers close a page's sockets when it goes, and it may come back
  }
}

void Session::let_go(Detach why) {
  carrier_ = nullptr;
  carrier_full_ = false;
  if (resumption_) {
    resumption_->broken = resumption_->broken || why == Detach::lost;
    outbox_.rewind();
    drop_received();
    await(Awaits::carrier);
  } else if (why == Detach::lost) {
    end_after_held({close_code::kAbnormal, "the connection was lost"});
  } else if (state_ == State::closing &&
             (id().empty() || (why == Detach::closed && sessions_.dismissing()))) {
    end(*close_reason());  // no later carrier comes
  } else if (id().empty()) {
    close(close_code::kAbnormal, "the connection ended");  // at the end of the turn: send() may be what asked
  } else {
    await(Awaits::carrier);
  }
}

void Session::cut_carrier() {
  carrier_->finish(Detach::lost);
  let_go(Detach::lost);
}

void Session::close(std::uint16_t code, std::string_view text) {
  if (state_ != State::open) return;
  state_ = State::closing;
  rare().reason = std::make_unique<CloseReason>(CloseReason{code, std::string(text)});
  sessions_.loop().turn.defer(*this);
}

void Session::end_of_turn() {
  if (state_ == State::over) return;
  flush();
  if (state_ == State::closing) {
    if (!resumption_) tell_closed(*close_reason());  // else it is not known yet what arrives
    if (inbox() && inbox()->then_closed) {           // the browser has closed too: nobody is left to tell
      end(*close_reason());
      return;
    }
    drop_held();
    release_waiter();
    if (carrier_ != nullptr) {
      await(Awaits::drain);
    } else if (id().empty()) {
      end(*close_reason());
    }
    return;
  }
  deliver_held();
  if (state_ == State::open) tell_writable();
}

void Session::tell_writable() {
  const bool room = resumption_ ? outbox_.cost() <= limit() / 4 : outbox_.pending() == 0;
  if (!wants_writable_ || !room) return;
  wants_writable_ = false;
  if (!others_ || !others_->writable) return;
  auto handler = std::exchange(others_->writable, nullptr);
  writable_handler_set_ = false;
  sessions_.guard(*this, [&] { handler(); });
  if (!writable_handler_set_) others().writable = std::move(handler);
}

void Session::tell_closed(const CloseReason& reason) {
  if (told_) return;
  told_ = true;
  const std::function<void(const CloseReason&)> handler = others_ ? std::move(others_->close) : nullptr;
  if (handler) sessions_.guard(*this, [&] { handler(reason); });
  message_handler_ = nullptr;
  others_.reset();
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
  // Such a page learns what of its own arrived here.
  const bool parts = state_ == State::closing && comes_back(close_reason()->code);
  if (resumption_ && (resumption_->tell || resumption_->greet || parts) && !resumption_->close_taken) {
    frames.push_back({.kind = Frame::Kind::acknowledgement, .number = delivered()});
  }
  if (resumption_ && resumption_->tell_beginning) {
    frames.push_back({.kind = Frame::Kind::beginning, .number = outbox_.next()});
  }
  const std::size_t lead = frames.size();
  std::size_t in_flight = resumption_ ? outbox_.in_flight_cost() : 0;
  const std::size_t most = std::min(outbox_.pending(), kBatch);
  for (std::size_t index = 0; index < most; ++index) {
    const Message& message = outbox_.peek(index);
    if (resumption_) {
      const std::size_t with_it = in_flight + message.size() + Outbox::kMessageCost;
      if (due(in_flight) && with_it > window()) break;
      in_flight = with_it;
    }
    frames.push_back({.kind = Frame::Kind::message, .message = &message});
  }
  const std::size_t messages = frames.size() - lead;
  const bool all = messages == outbox_.pending();
  const bool closes = all && state_ == State::closing && !(resumption_ && resumption_->close_taken);
  if (closes) frames.push_back({.kind = Frame::Kind::close, .reason = close_reason()});
  if (frames.empty()) return false;
  const Taken taken = carrier_->write(frames);
  assert(taken.frames <= frames.size());
  assert(taken.then != Taken::Then::more || taken.frames == frames.size());
  settle(taken, lead, messages);
  return !all;
}

/// Of the frames offered, the first `lead` are no messages, and then `messages` are.
void Session::settle(Taken taken, std::size_t lead, std::size_t messages) {
  if (lead > 0 && taken.frames >= lead) {
    open_written_ = true;
    if (resumption_) {
      if (resumption_->tell || resumption_->greet) told();
      resumption_->greet = false;
      resumption_->tell_beginning = false;
    }
  }
  const std::size_t behind_lead = taken.frames - std::min(taken.frames, lead);
  const std::size_t messages_taken = std::min(behind_lead, messages);
  const bool closed = behind_lead > messages;
  const std::size_t bytes_before = outbox_.pending_bytes();
  outbox_.taken(messages_taken);
  sessions_.traffic()[transport_].count_down(messages_taken, bytes_before - outbox_.pending_bytes());
  const bool finished = taken.then == Taken::Then::finished;
  if (resumption_) {
    drop_received();
    resumption_->close_taken = resumption_->close_taken || closed;
  } else {
    // This wire has no acknowledgements: what a carrier took is gone.
    outbox_.acknowledge(outbox_.next());
    if (closed && !finished) carrier_->finish(Detach::closed);
  }
  if (finished || (closed && !resumption_)) {
    let_go(closed ? Detach::closed : Detach::finished);
  } else {
    carrier_full_ = taken.then == Taken::Then::wait;
  }
}

void Session::beat() {
  if (state_ != State::open) {  // a long turn: the close frame may have left in it already
    await(Awaits::drain);
    return;
  }
  if (carrier_full_) {  // What it has not taken yet shows as well as a heartbeat would that we are here.
    await(Awaits::heartbeat);
    return;
  }
  const bool answers = carrier_->answers_heartbeats();
  Frame frame{.kind = Frame::Kind::heartbeat};
  if (resumption_ && resumption_->told != delivered()) {
    if (answers) {
      tell();  // beside it, since only a heartbeat is answered
    } else {
      frame = {.kind = Frame::Kind::acknowledgement, .number = delivered()};
    }
  }
  const Taken taken = carrier_->write({&frame, 1});
  if (frame.kind == Frame::Kind::acknowledgement && taken.frames > 0) told();
  if (taken.then == Taken::Then::finished) {
    let_go(Detach::finished);
    return;
  }
  carrier_full_ = taken.then == Taken::Then::wait;
  await(answers ? Awaits::answer : Awaits::heartbeat);
}

void Session::await(Awaits what) {
  // Whatever becomes of carriers, a session that its browser has closed does not wait for another.
  if (inbox() && inbox()->then_closed && what != Awaits::nothing) {
    if (awaits_ == Awaits::drain) return;
    what = Awaits::drain;
  }
  if (awaits_ == Awaits::carrier) --sessions_.waiting_;
  awaits_ = what;
  if (awaits_ == Awaits::carrier) ++sessions_.waiting_;
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
      set_deadline_in(resumption_ ? options.resume_time() : options.disconnect_delay);
      break;
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
      if (carrier_ != nullptr && carrier_->heard()) {
        await(Awaits::heartbeat);
        break;
      }
      if (resumption_ || !paused_) ++sessions_.traffic()[transport_].heartbeats_lost;
      if (resumption_) {
        cut_carrier();
      } else if (paused_ || throttled_) {
        await(Awaits::answer);  // nothing is read from it meanwhile
      } else {
        close(close_code::kBrokenFraming, "No response from heartbeat");
      }
      break;
    case Awaits::carrier:
      if (resumption_ && resumption_->started) LiveCounts::add(sessions_.counts().expired);
      end({close_code::kAbnormal, "the browser did not come back in time"});
      break;
    case Awaits::drain:
      if (inbox() && inbox()->then_closed) {
        end(*inbox()->then_closed);
      } else if (resumption_) {
        cut_carrier();
      } else {
        std::exchange(carrier_, nullptr)->finish(Detach::lost);
        end(*close_reason());
      }
      break;
  }
}

void Session::end(const CloseReason& given) {
  if (state_ == State::over) return;
  state_ = State::over;
  await(Awaits::nothing);
  if (carrier_ != nullptr) std::exchange(carrier_, nullptr)->finish(Detach::closed);
  const CloseReason reason = close_reason() ? *close_reason() : given;  // `given` may be in what goes now
  tell_closed(reason);
  sessions_.record_end(*this, reason);
  if (throttled_) sessions_.throttle()->forget(*this);
  throttled_ = false;
  outbox_.clear();
  drop_held();
  release_waiter();
  sessions_.retire(*this);
}

}  // namespace encke
