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

/// Holds references to messages. It owns memory only while it holds more than one.
class Outbox {
 public:
  /// What a queued message takes besides its bytes, about: its place here and its counters.
  static constexpr std::size_t kMessageCost = 48;

  Outbox() : slots_(own_place()) {}
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;
  ~Outbox();

  /// Queues a message behind the others.
  void push(Message message);

  std::uint64_t first() const { return first_; }
  std::uint64_t next() const { return first_ + taken_; }
  std::uint64_t end() const { return first_ + size_; }
  /// The number behind the last message that some carrier has taken since the session opened.
  std::uint64_t sent() const { return first_ + sent_; }

  /// How many messages are held.
  std::size_t size() const { return size_; }
  /// The held message number `first() + index`; `index` < size(). Valid until the outbox changes.
  const Message& held(std::size_t index) const { return at(static_cast<std::uint32_t>(index)); }
  /// How many messages no carrier has taken.
  std::size_t pending() const { return size_ - taken_; }
  /// The pending message number `next() + index`; `index` < pending(). Valid until the outbox changes.
  const Message& peek(std::size_t index) const { return at(taken_ + static_cast<std::uint32_t>(index)); }
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
  std::size_t pending_bytes() const { return pending_bytes_; }
  /// What the pending messages take in memory, about; this is what is bounded, so that messages of no bytes
  /// are.
  std::size_t pending_cost() const { return pending_bytes_ + pending() * kMessageCost; }
  /// The same of the messages taken and not acknowledged.
  std::size_t in_flight_cost() const { return cost() - pending_cost(); }
  /// The same of all messages held.
  std::size_t cost() const { return bytes_ + size_ * kMessageCost; }
  /// Bytes of all messages held.
  std::size_t bytes() const { return bytes_; }

  /// Drops everything; the numbers go on.
  void clear();

 private:
  const Message& at(std::uint32_t index) const { return slots_[(head_ + index) & (capacity_ - 1)]; }
  Message& at(std::uint32_t index) { return slots_[(head_ + index) & (capacity_ - 1)]; }
  Message* own_place() { return reinterpret_cast<Message*>(own_); }
  bool is_small() const { return capacity_ == 1; }
  void grow();
  void drop_front(std::uint32_t count);

  Message* slots_;  // a ring of `capacity_` places, of which `size_` from `head_` on hold a message
  alignas(Message) std::byte own_[sizeof(Message)];  // the ring of one place: most have no more on the way
  std::uint32_t capacity_ = 1;
  std::uint32_t head_ = 0;
  std::uint32_t size_ = 0;
  std::uint32_t taken_ = 0;
  std::uint32_t sent_ = 0;
  std::uint64_t first_ = 0;
  std::size_t pending_bytes_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace encke
