// Messages and bytes a second.
#include "server/core/throttle.hpp"

#include "server/core/session.hpp"

#include <algorithm>
#include <utility>

namespace encke {

namespace {

std::size_t share(std::size_t limit, unsigned loops) {
  return limit == 0 ? 0 : std::max<std::size_t>(limit / loops, 1);
}

Rates rates(std::size_t messages, std::size_t bytes, Millis burst, unsigned loops) {
  return {.messages = {share(messages, loops), burst}, .bytes = {share(bytes, loops), burst}};
}

}  // namespace

LoopMeter::LoopMeter(const ServerLimits& limits, unsigned loops) : rates(rates_of(limits, loops)) {}

Rates LoopMeter::rates_of(const ServerLimits& limits, unsigned loops) {
  return encke::rates(limits.messages_per_second, limits.bytes_per_second, limits.burst, loops);
}

Throttle::Throttle(const LoopContext& loop, const ServiceLimits& limits, LoopMeter& all)
    : loop_(loop),
      all_(all),
      each_(rates(limits.session_messages_per_second, limits.session_bytes_per_second, limits.burst, 1)),
      service_(rates(limits.messages_per_second, limits.bytes_per_second, limits.burst, loop.workers)) {}

bool Throttle::is_needed(const ServiceLimits& service, const ServerLimits& server) {
  return service.has_rates() || server.has_rates();
}

Guard* Throttle::guard_of(const Places& places) const {
  return places.server == Places::kUncounted ? nullptr : loop_.guard;
}

bool Throttle::lets(Meter& meter, const Places& places) {
  const Millis now = loop_.timers.now();
  if (!meter.open(each_, now) || !meter_.open(service_, now) || !all_.meter.open(all_.rates, now))
    return false;
  Guard* const guard = guard_of(places);
  return guard == nullptr || guard->may_send(places.server, now);
}

void Throttle::count(Meter& meter, const Places& places, std::size_t size) {
  if (Guard* const guard = guard_of(places)) guard->sent(places.server, size, loop_.timers.now());
  meter.count(each_, size);
  meter_.count(service_, size);
  all_.meter.count(all_.rates, size);
}

void Throttle::hold(Session& session) {
  held_.push_back(&session);
  if (!is_set()) loop_.timers.set(*this, TimerWheel::kTick);
}

void Throttle::forget(Session& session) {
  held_.erase(std::remove(held_.begin(), held_.end(), &session), held_.end());
}

void Throttle::on_timer() {
  // Those that are still too fast come back, behind the others.
  for (Session* const session : std::exchange(held_, {})) session->unthrottle();
}

}  // namespace encke
