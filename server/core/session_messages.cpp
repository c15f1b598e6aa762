// The messages of a session, up and down, and what bounds them.
#include "server/core/session.hpp"
#include "server/core/sessions.hpp"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

namespace encke {

// ---- down -----------------------------------------------------------------------------------------------

std::size_t Session::limit() const { return sessions_.options().outbox_bytes; }

bool Session::crosses(std::size_t size) const {
  if (!resumption_) {
    const std::size_t load = outbox_.pending_cost();
    return load > 0 && load + size + Outbox::kMessageCost > limit();
  }
  // What went out once and is not acknowledged makes nobody slow: the window keeps it small.
  return outbox_.end() > outbox_.sent() && outbox_.cost() + size + Outbox::kMessageCost > limit();
}

bool Session::send(const Message& message) {
  if (state_ != State::open) return false;
  if (crosses(message.size())) {
    // Much in one turn does not make a reader slow, as long as its carrier takes it.
    flush();
    if (state_ != State::open) return false;
    if (crosses(message.size()) && !make_room(message.size())) return false;
  }
  if ((resumption_ ? outbox_.cost() : outbox_.pending_cost()) > limit() / 2) wants_writable_ = true;
  outbox_.push(message);
  sessions_.loop().turn.defer(*this);
  return true;
}

/// What the service's policy makes of a message that would not fit; whether it is to be taken all the same.
bool Session::make_room(std::size_t size) {
  switch (sessions_.options().slow_reader) {
    case SlowReader::drop_oldest: {
      const std::size_t needed = std::min(size + Outbox::kMessageCost, limit());
      // An eighth more, so that not each message moves the queue.
      const std::size_t left = limit() - std::min(limit(), needed + limit() / 8);
      LiveCounts::add(sessions_.counts().slow_dropped, outbox_.drop_oldest(left));
      return true;
    }
    case SlowReader::block:
      LiveCounts::add(sessions_.counts().slow_blocked);
      wants_writable_ = true;
      return false;
    case SlowReader::close:
      break;
  }
  LiveCounts::add(sessions_.counts().slow_closed);
  if (!resumption_) outbox_.clear();  // else the page may still come for it
  close(close_code::kPolicy, "the reader fell behind by more than " + std::to_string(limit()) + " bytes");
  if (carrier_full_ && !resumption_) {
    // It would never take the close frame; the next carrier of a listed session gets it.
    Carrier* const stuck = std::exchange(carrier_, nullptr);
    stuck->finish(Detach::lost);
    carrier_full_ = false;
    await(Awaits::carrier);
  }
  return false;
}

Result<void> Session::may_acknowledge(std::uint64_t number) const {
  if (number <= outbox_.sent()) return {};
  return PeerError{.status = 400,
                   .text = std::to_string(number) + " messages are said to have arrived, but only " +
                           std::to_string(outbox_.sent()) + " were sent"};
}

Result<void> Session::acknowledge(std::uint64_t number) {
  if (Result<void> may = may_acknowledge(number); !may) return may;
  resumption_->received = std::max(resumption_->received, number);
  drop_received();
  return {};
}

void Session::drop_received() {
  // The carrier at work counts from where it began: what it was not given yet it must still be given.
  const std::uint64_t received = resumption_->received;
  const std::uint64_t upto = carrier_ == nullptr ? received : std::min(received, outbox_.next());
  if (upto > outbox_.first() && outbox_.acknowledge(upto)) sessions_.loop().turn.defer(*this);
}

std::vector<Message> Session::unacknowledged() const {
  std::vector<Message> messages;
  const std::uint64_t from = std::max(resumption_ ? resumption_->received : 0, outbox_.first());
  messages.reserve(outbox_.end() - from);
  for (std::uint64_t number = from; number < outbox_.end(); ++number) {
    messages.push_back(outbox_.held(number - outbox_.first()));
  }
  return messages;
}

// ---- up -------------------------------------------------------------------------------------------------

void Session::receive(const Message& message) {
  if (state_ == State::open) take_in(message);
}

Result<void> Session::may_accept(std::uint64_t first) const {
  const std::uint64_t accepted = resumption_->accepted;
  if (first <= accepted) return {};
  return PeerError{.status = 409,
                   .text = "message " + std::to_string(first) + " came, but " + std::to_string(accepted) +
                           " is the next: those between are missing"};
}

Result<void> Session::accept(std::uint64_t first, std::span<const Message> messages) {
  if (Result<void> may = may_accept(first); !may) return may;
  std::uint64_t& accepted = resumption_->accepted;
  const std::uint64_t known = std::min<std::uint64_t>(accepted - first, messages.size());
  if (known > 0) LiveCounts::add(sessions_.counts().repeated_up, known);
  for (const Message& message : messages.subspan(known)) {
    ++accepted;
    if (state_ == State::open) {
      take_in(message);
    } else {
      ++resumption_->dropped;
    }
  }
  return {};
}

std::uint64_t Session::delivered() const {
  return resumption_->accepted - resumption_->dropped - (inbox() ? inbox()->messages.size() : 0);
}

void Session::drop_held() {
  if (inbox() && resumption_) resumption_->dropped += inbox()->messages.size();
  if (rare_) rare_->inbox.reset();
}

bool Session::holds() const {
  if (paused_ || throttled_) return true;
  if (resumption_ && !resumption_->started) return true;  // there is nobody yet to give it to
  const bool page_gone = inbox() && inbox()->then_closed;
  return resumption_ && !page_gone && outbox_.cost() > limit() / 2;
}

void Session::take_in(const Message& message) {
  sessions_.traffic()[transport_].count_up(message.size());
  sessions_.loop().turn.ask();
  if (!inbox() && !holds() && !over_rate()) {
    deliver(message);
    if (meter() && state_ == State::open)
      static_cast<void>(over_rate());  // what follows is not even read then
    return;
  }
  if (!inbox()) rare().inbox = std::make_unique<Inbox>();
  inbox()->cost += message.size() + Outbox::kMessageCost;
  inbox()->messages.push_back(message);
  if (inbox()->cost > 2 * window() + sessions_.options().max_message_bytes) {
    close(close_code::kPolicy, "more was sent than the service takes; wait for acknowledgements");
  }
}

/// Whether the next message has to wait. Where it has, the session is held from now on.
bool Session::over_rate() {
  Throttle* const throttle = sessions_.throttle();
  if (throttle == nullptr) return false;
  if (!meter()) rare().meter = std::make_unique<Meter>();
  if (throttle->lets(*meter(), places_)) return false;
  if (!throttled_) {
    throttled_ = true;
    LiveCounts::add(sessions_.counts().throttled);
    throttle->hold(*this);
  }
  return true;
}

void Session::unthrottle() {
  throttled_ = false;
  released_ = true;
  if (awaits_ == Awaits::answer) await(Awaits::answer);
  sessions_.loop().turn.defer(*this);
}

void Session::deliver(const Message& message) {
  if (meter()) sessions_.throttle()->count(*meter(), places_, message.size());
  if (resumption_) count_delivered(message.size() + Outbox::kMessageCost);
  if (!message_handler_) return;
  // It may replace itself, so it does not run where the new one goes.
  auto handler = std::exchange(message_handler_, nullptr);
  message_handler_set_ = false;
  sessions_.guard(*this, [&] { handler(message); });
  if (!message_handler_set_) message_handler_ = std::move(handler);
}

void Session::count_delivered(std::size_t cost) {
  Resumption& numbers = *resumption_;
  numbers.untold_cost += cost;
  if (due(numbers.untold_cost)) tell();
}

void Session::deliver_held() {
  while (inbox() && !inbox()->messages.empty() && state_ == State::open && !holds() && !over_rate()) {
    const Message message = std::move(inbox()->messages.front());
    inbox()->messages.pop_front();
    inbox()->cost -= message.size() + Outbox::kMessageCost;
    deliver(message);
  }
  if (state_ != State::open || (inbox() && !inbox()->messages.empty())) return;
  const std::unique_ptr<Inbox> emptied = rare_ ? std::move(rare_->inbox) : nullptr;
  release_waiter();
  if (!paused_ && !throttled_ && released_) {
    released_ = false;
    if (carrier_ != nullptr) carrier_->released();
  }
  if (!emptied || !emptied->then_closed) return;
  if (resumption_) {
    closed_by_page(*emptied->then_closed);
  } else {
    end(*emptied->then_closed);
  }
}

/// Ends the session as its browser did, once the service has been given what came before.
void Session::end_after_held(const CloseReason& reason) {
  if (!inbox() || inbox()->then_closed || state_ != State::open) {
    end(reason);
    return;
  }
  inbox()->then_closed = std::make_unique<CloseReason>(reason);
  await(Awaits::drain);
  sessions_.loop().turn.defer(*this);
}

void Session::pause() { paused_ = true; }

void Session::resume() {
  if (!paused_) return;
  paused_ = false;
  released_ = true;
  if (awaits_ == Awaits::answer) await(Awaits::answer);
  sessions_.loop().turn.defer(*this);
}

void Session::wait(Waiter& waiter) {
  assert(inbox());
  release_waiter();
  rare().waiter = &waiter;
}

void Session::forget(Waiter& waiter) {
  if (rare_ && rare_->waiter == &waiter) rare_->waiter = nullptr;
}

void Session::release_waiter() {
  if (!rare_) return;
  if (Waiter* const waiting = std::exchange(rare_->waiter, nullptr)) waiting->on_delivered();
}

}  // namespace encke
