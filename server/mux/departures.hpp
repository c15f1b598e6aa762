// The messages that leave in one stream, cut into pieces as far as its window reaches.
#pragma once

#include "server/core/outbox.hpp"
#include "server/mux/frames.hpp"

#include <encke/message.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace encke::mux {

/// Messages that the session has handed over, the first of them perhaps in part gone.
class Departures {
 public:
  void push(const Message& message);
  bool empty() const { return messages_.size() == 0; }
  /// Bytes, and Outbox::kMessageCost for each message.
  std::size_t cost() const { return messages_.cost(); }
  void clear();

  /// What the other side takes. False where that would be more than kLargest in all.
  bool add_credit(std::uint32_t bytes);
  /// The next piece as far as there is credit; valid until the next call. Nothing: there is no message, or
  /// not enough credit.
  std::optional<Frame> next(std::uint32_t stream) const;
  /// That piece has left.
  void sent(const Frame& piece);

 private:
  Outbox messages_;
  std::size_t offset_ = 0;  // in the first
  std::size_t credit_ = 0;
};

}  // namespace encke::mux
