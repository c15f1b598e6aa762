// What may come in a second, and how much has.
#pragma once

#include "server/core/token_bucket.hpp"

#include <cstddef>

namespace encke {

struct Rates {
  Rate messages;
  Rate bytes;

  bool limited() const { return messages.per_second + bytes.per_second > 0; }
};

struct Meter {
  TokenBucket messages;
  TokenBucket bytes;

  bool open(const Rates& rates, Millis now) {
    const bool some = messages.open(rates.messages, now);
    return bytes.open(rates.bytes, now) && some;
  }
  /// After open() at the same `now`.
  void count(const Rates& rates, std::size_t size) {
    messages.take(rates.messages, 1);
    bytes.take(rates.bytes, size);
  }
  /// Whether nothing is owed that a new one would not owe.
  bool full(const Rates& rates, Millis now) {
    return messages.full(rates.messages, now) && bytes.full(rates.bytes, now);
  }
};

}  // namespace encke
