// What waits for a reader of a feed that has no room.
#pragma once

#include "server/services/feed_slots.hpp"

#include <encke/message.hpp>

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

namespace encke::services {

/// The newest message of each slot of a feed, on one loop.
using NewestMessages = std::vector<std::optional<Message>>;

/// Of each slot at most one entry, in the order of first waiting: what is sent in the end is the newest that
/// there is then. Messages without a slot wait themselves, between the others.
class FeedBacklog {
 public:
  /// What a message without a slot takes besides its bytes.
  static constexpr std::size_t kMessageCost = 48;

  bool empty() const { return order_.size() == passed_over_; }
  /// Whether one of that slot waited already, whose place this takes.
  bool add(FeedSlot slot);
  void add(const Message& message);
  /// Drops the oldest messages without a slot until they cost `most` at most, and returns how many.
  std::size_t drop_oldest(std::size_t most);
  /// The first of what waits, which is not nothing.
  const Message& front(const NewestMessages& newest);
  void pop();

 private:
  void skip();

  std::deque<FeedSlot> order_;  // kNoSlot: the next of those without
  std::vector<bool> waiting_;   // slots
  std::deque<Message> messages_;
  std::size_t cost_ = 0;         // of messages_
  std::size_t passed_over_ = 0;  // so many kNoSlots at the front of order_ are of dropped messages
};

}  // namespace encke::services
