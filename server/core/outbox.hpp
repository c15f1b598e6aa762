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
// that another carrier takes again what the lost one had; sent(), the end of what any carrier ever had,
// stays. A session whose wire has no acknowledgements (plain SockJS, raw WebSocket) acknowledges what a
// carrier took at once.
#pragma once

#include <encke/message.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace encke {

/// Holds references to messages. It owns memory only while it holds some.
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
  std::uint64_t next() const { return first_ + taken(); }
  std::uint64_t end() const { return first_ + size(); }
  /// The number behind the last message that some carrier has taken since the session opened.
  std::uint64_t sent() const { return first_ + (ring_ == nullptr ? 0 : ring_->sent); }

  /// How many messages are held.
  std::size_t size() const { return ring_ == nullptr ? 0 : ring_->size; }
  /// The held message number `first() + index`; `index` < size(). Valid until the outbox changes.
  const Message& held(std::size_t index) const { return ring_->at(static_cast<std::uint32_t>(index)); }
  /// How many messages no carrier has taken.
  std::size_t pending() const { return size() - taken(); }
  /// The pending message number `next() + index`; `index` < pending(). Valid until the outbox changes.
  const Message& peek(std::size_t index) const {
    return ring_->at(ring_->taken + static_cast<std::uint32_t>(index));
  }
  /// A carrier has taken `count` more messages; `count` <= pending().
  void taken(std::size_t count);

  /// The reader has every message below `number`: they are let go, taken or not. False, and nothing done, for
  /// a number that lies before first() or beyond sent(): what was never taken cannot have been received.
  bool acknowledge(std::uint64_t number);
  /// What was taken but not acknowledged becomes pending again.
  void rewind();
  /// Drops the oldest of the messages that no carrier ever had, until what is held costs `cost` at most or
  /// one of them is left. Returns how many; the others move up to their numbers.
  std::size_t drop_oldest(std::size_t cost);

  /// Bytes of the messages that are pending.
  std::size_t pending_bytes() const { return ring_ == nullptr ? 0 : ring_->pending_bytes; }
  /// What the pending messages take in memory, about; this is what is bounded, so that messages of no bytes
  /// are.
  std::size_t pending_cost() const { return pending_bytes() + pending() * kMessageCost; }
  /// The same of the messages taken and not acknowledged.
  std::size_t in_flight_cost() const { return cost() - pending_cost(); }
  /// The same of all messages held.
  std::size_t cost() const { return bytes() + size() * kMessageCost; }
  /// Bytes of all messages held.
  std::size_t bytes() const { return ring_ == nullptr ? 0 : ring_->bytes; }

  /// Drops everything; the numbers go on.
  void clear();

 private:
  /// Of `capacity` places, which follow it, `size` from `head` on hold a message.
  struct Ring {
    Message* slots() { return reinterpret_cast<Message*>(this + 1); }
    Message& at(std::uint32_t index) { return slots()[(head + index) & (capacity - 1)]; }

    std::uint32_t capacity = 0;
    std::uint32_t head = 0;
    std::uint32_t size = 0;
    std::uint32_t taken = 0;
    std::uint32_t sent = 0;
    std::size_t pending_bytes = 0;
    std::size_t bytes = 0;
  };

  static Ring* make_ring(std::uint32_t capacity);
  std::size_t taken() const { return ring_ == nullptr ? 0 : ring_->taken; }
  void grow();
  void drop_front(std::uint32_t count);

  Ring* ring_ = nullptr;
  std::uint64_t first_ = 0;
};

}  // namespace encke
