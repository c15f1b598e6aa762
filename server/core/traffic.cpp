// What went over the transports of a service.
#include "server/core/traffic.hpp"

namespace encke {

Timings* Traffic::sample(Millis now, unsigned most) {
  constexpr Millis kSecond{1'000};
  if (!samples) samples = std::make_unique<Samples>();
  if (now - samples->second >= kSecond) {
    samples->second = now;
    samples->count = 0;
  }
  return samples->count++ < most ? &samples->timings : nullptr;
}

TrafficTable::Number TrafficTable::number_of(std::string_view transport) {
  if (transport.empty()) return kNone;
  for (std::size_t number = 1; number < rows_.size(); ++number) {
    if (rows_[number].transport == transport) return static_cast<Number>(number);
  }
  if (rows_.size() > kLargest) return kNone;
  rows_.emplace_back().transport = transport;
  return static_cast<Number>(rows_.size() - 1);
}

void TrafficTable::move(Number from, Number to) {
  if (from == to) return;
  --rows_[from].sessions;
  ++rows_[to].sessions;
  if (from != kNone) ++changes_[{from, to}];
}

}  // namespace encke
