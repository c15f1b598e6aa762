// What only resumable sessions do: carriers that replace one another, acknowledgements, the page's close.
#include "server/core/session.hpp"
#include "server/core/sessions.hpp"

#include <cassert>
#include <string>
#include <utility>

namespace encke {

Result<void> Session::may_join(const Joining& joining) const {
  if (joining.carrier <= resumption_->carrier) {
    return PeerError{.status = 409,
                     .text = "carrier " + std::to_string(joining.carrier) + " comes after carrier " +
                             std::to_string(resumption_->carrier) + "; expected a higher number"};
  }
  return may_acknowledge(joining.received);
}

void Session::join(Carrier& carrier, const Joining& joining, const Opening& opening) {
  assert(state_ != State::over && may_join(joining));
  Resumption& numbers = *resumption_;
  // Without a carrier that counts from where it began, all that is acknowledged may go.
  if (Carrier* const old = std::exchange(carrier_, nullptr)) {
    old->finish(Detach::replaced);
    numbers.broken = true;
  }
  LiveCounts& counts = sessions_.counts();
  if (std::exchange(numbers.broken, false)) LiveCounts::add(counts.resumed);
  static_cast<void>(acknowledge(joining.received));
  outbox_.rewind();
  const std::uint64_t repeated = outbox_.sent() - outbox_.first();
  if (repeated > 0) LiveCounts::add(counts.repeated_down, repeated);
  // The page has acknowledged more meanwhile, in another way that was faster.
  numbers.tell_beginning = joining.received < outbox_.first();
  numbers.carrier = joining.carrier;
  numbers.close_taken = false;
  numbers.greet = joining.tell;
  if (!std::exchange(numbers.started, true)) {
    sessions_.introduce(*this, opening);
    if (inbox()) sessions_.loop().turn.defer(*this);  // what came before its carrier
  } else {
    sessions_.count_carrier(*this, opening.transport);
  }
  begin_with(carrier);
}

void Session::tell() {
  resumption_->tell = true;
  sessions_.loop().turn.defer(*this);
}

void Session::told() {
  Resumption& numbers = *resumption_;
  numbers.told = delivered();
  numbers.untold_cost = 0;
  numbers.tell = false;
}

void Session::closed_by_page(const CloseReason& reason) {
  if (state_ == State::over) return;
  if (state_ == State::open && inbox()) {
    // One that is repeated leaves what is held its time.
    if (!inbox()->then_closed) end_after_held(reason);
    return;
  }
  flush();  // what waits for the end of the turn goes first
  const bool answers = carrier_ != nullptr && !carrier_full_ && !resumption_->close_taken;
  if (answers) {
    const Frame frame{.kind = Frame::Kind::close, .reason = close_reason() ? close_reason() : &reason};
    if (carrier_->write({&frame, 1}).then == Taken::Then::finished) carrier_ = nullptr;
  }
  end(reason);
}

}  // namespace encke
