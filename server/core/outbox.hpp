// The outbox: messages on their way to one reader, numbered by their order, bounded in bytes.
//
// A message's number is the count of messages before it since the session opened; nothing on the wire carries
// it.
//
//        first()            next()              end()
//          | taken by a carrier | not yet taken   |
//          v                    v                 v
//        [ m m m m m m m m m m ][ m m m m m m m m ]
//
// taken() moves next() on; acknowledge() drops from the front; rewind() makes next() fall back to first(), so
// that another carrier takes again what the lost one had. A session whose wire has no acknowledgements (plain
// SockJS, raw WebSocket) acknowledges what a carrier took at once.
#pragma once

#include <encke/message.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace encke {

/// Holds references to messages; an empty outbox owns no memory.
class Outbox {
 public:
  /// What a queued message takes besides its bytes, about: its place here and its counters.
  static constexpr std::size_t kMessageCost = 48;

  Outbox() = default;
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;
  ~Outbox();

  /// Queues a message behind the others.
  void push(Message message);

  std::uint64_t first() const { return first_; }
  std::uint64_t next() const { return first_ + taken_; }
  std::uint64_t end() const { return first_ + size_; }

  /// How many messages no carrier has taken.
  std::size_t pending() const { return size_ - taken_; }
  /// The pending message number `next() + index`; `index` < pending(). Valid until the outbox changes.
  const Message& peek(std::size_t index) const { return at(taken_ + static_cast<std::uint32_t>(index)); }
  /// A carrier has taken `count` more messages; `count` <= pending().
  void taken(std::size_t count);

  /// The reader has every message below `number`. False, and nothing done, for a number that lies before
  /// first() or beyond next(): what was never taken cannot have been received.
  bool acknowledge(std::uint64_t number);
  /// What was taken but not acknowledged becomes pending again.
  void rewind();

  /// Bytes of the messages that are pending.
  std::size_t pending_bytes() const { return pending_bytes_; }
  /// What the pending messages take in memory, about; this is what is bounded, so that messages of no bytes
  /// are.
  std::size_t pending_cost() const { return pending_bytes_ + pending() * kMessageCost; }
  /// Bytes of all messages held.
  std::size_t bytes() const { return bytes_; }

  /// Drops everything; the numbers go on.
  void clear();

 private:
  const Message& at(std::uint32_t index) const { return slots_[(head_ + index) & (capacity_ - 1)]; }
  Message& at(std::uint32_t index) { return slots_[(head_ + index) & (capacity_ - 1)]; }
  void grow();
  void drop_front(std::uint32_t count);

  Message* slots_ = nullptr;  // a ring of `capacity_` places, of which `size_` from `head_` on hold a message
  std::uint32_t capacity_ = 0;
  std::uint32_t head_ = 0;
  std::uint32_t size_ = 0;
  std::uint32_t taken_ = 0;
  std::uint64_t first_ = 0;
  std::size_t pending_bytes_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace encke
