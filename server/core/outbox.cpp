// The outbox: a ring of messages, with memory of its own only while it holds several.
#include "server/core/outbox.hpp"

#include <algorithm>
#include <cassert>
#include <new>

namespace encke {

namespace {

constexpr std::uint32_t kFirstCapacity = 4;

Message* allocate(std::uint32_t capacity) {
  return static_cast<Message*>(::operator new(sizeof(Message) * capacity));
}

}  // namespace

Outbox::~Outbox() { clear(); }

void Outbox::grow() {
  const std::uint32_t capacity = std::max(kFirstCapacity, capacity_ * 2);
  Message* slots = allocate(capacity);
  for (std::uint32_t index = 0; index < size_; ++index) {
    new (slots + index) Message(std::move(at(index)));
    at(index).~Message();
  }
  if (!is_small()) ::operator delete(slots_);
  slots_ = slots;
  capacity_ = capacity;
  head_ = 0;
}

void Outbox::push(Message message) {
  if (size_ == capacity_) grow();
  pending_bytes_ += message.size();
  bytes_ += message.size();
  new (&at(size_)) Message(std::move(message));
  ++size_;
}

void Outbox::taken(std::size_t count) {
  assert(count <= pending());
  for (; count > 0; --count) pending_bytes_ -= at(taken_++).size();
  sent_ = std::max(sent_, taken_);
}

void Outbox::drop_front(std::uint32_t count) {
  for (; count > 0; --count) {
    bytes_ -= at(0).size();
    if (taken_ > 0) {
      --taken_;
    } else {
      pending_bytes_ -= at(0).size();
    }
    if (sent_ > 0) --sent_;
    at(0).~Message();
    head_ = (head_ + 1) & (capacity_ - 1);
    --size_;
    ++first_;
  }
  if (size_ == 0 && !is_small()) {
    ::operator delete(slots_);
    slots_ = own_place();
    capacity_ = 1;
    head_ = 0;
  }
}

bool Outbox::acknowledge(std::uint64_t number) {
  if (number < first() || number > sent()) return false;
  drop_front(static_cast<std::uint32_t>(number - first_));
  return true;
}

void Outbox::rewind() {
  for (; taken_ > 0; --taken_) pending_bytes_ += at(taken_ - 1).size();
}

std::size_t Outbox::drop_oldest(std::size_t cost_left) {
  std::uint32_t dropped = 0;
  std::size_t freed = 0;
  while (sent_ + dropped + 1 < size_ && cost() - freed > cost_left) {
    freed += at(sent_ + dropped++).size() + kMessageCost;
  }
  if (dropped == 0) return 0;
  const std::size_t bytes = freed - dropped * kMessageCost;
  // What was sent moves up to its successors, so that the ring stays whole.
  for (std::uint32_t index = sent_; index-- > 0;) at(index + dropped) = std::move(at(index));
  for (std::uint32_t index = 0; index < dropped; ++index) at(index).~Message();
  head_ = (head_ + dropped) & (capacity_ - 1);
  size_ -= dropped;
  bytes_ -= bytes;
  pending_bytes_ -= bytes;
  return dropped;
}

void Outbox::clear() { drop_front(size_); }

}  // namespace encke
