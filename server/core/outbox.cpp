// The outbox: a ring of messages, which is there only while it holds some.
#include "server/core/outbox.hpp"

#include <algorithm>
#include <cassert>
#include <new>
#include <vector>

namespace encke {

namespace {

constexpr std::uint32_t kFirstCapacity = 4;  // what a busy turn brings, in one piece

// Outboxes may outlive their thread's pieces: those of a server that is a static object do.
thread_local bool thread_ends = false;

/// Pieces of memory for rings of the first size, of one loop. A broadcast takes one for each receiver, and
/// gives all of them back, in each turn: more than malloc keeps at hand.
class SpareRings {
 public:
  SpareRings() = default;
  ~SpareRings() {
    thread_ends = true;
    for (void* place : places_) ::operator delete(place);
  }
  SpareRings(const SpareRings&) = delete;
  SpareRings& operator=(const SpareRings&) = delete;

  /// Null where there is none.
  void* take() {
    if (places_.empty()) return nullptr;
    void* const place = places_.back();
    places_.pop_back();
    return place;
  }
  void give(void* place) {
    if (places_.size() < kMost) {
      places_.push_back(place);
    } else {
      ::operator delete(place);
    }
  }

 private:
  static constexpr std::size_t kMost = 16'384;  // about a megabyte

  std::vector<void*> places_;
};

/// Null where they are gone.
SpareRings* spare_rings() {
  if (thread_ends) return nullptr;
  thread_local SpareRings rings;
  return &rings;
}

void release_ring(void* place, std::uint32_t capacity) {
  SpareRings* const spare = capacity == kFirstCapacity ? spare_rings() : nullptr;
  if (spare != nullptr) {
    spare->give(place);
  } else {
    ::operator delete(place);
  }
}

}  // namespace

Outbox::~Outbox() { clear(); }

Outbox::Ring* Outbox::make_ring(std::uint32_t capacity) {
  SpareRings* const spare = capacity == kFirstCapacity ? spare_rings() : nullptr;
  void* place = spare != nullptr ? spare->take() : nullptr;
  if (place == nullptr) place = ::operator new(sizeof(Ring) + sizeof(Message) * capacity);
  return new (place) Ring{.capacity = capacity};
}

void Outbox::grow() {
  Ring* const larger = make_ring(ring_ == nullptr ? kFirstCapacity : ring_->capacity * 2);
  if (ring_ != nullptr) {
    for (std::uint32_t index = 0; index < ring_->size; ++index) {
      new (larger->slots() + index) Message(std::move(ring_->at(index)));
      ring_->at(index).~Message();
    }
    larger->size = ring_->size;
    larger->taken = ring_->taken;
    larger->sent = ring_->sent;
    larger->pending_bytes = ring_->pending_bytes;
    larger->bytes = ring_->bytes;
    release_ring(ring_, ring_->capacity);
  }
  ring_ = larger;
}

void Outbox::push(Message message) {
  if (ring_ == nullptr || ring_->size == ring_->capacity) grow();
  ring_->pending_bytes += message.size();
  ring_->bytes += message.size();
  new (&ring_->at(ring_->size)) Message(std::move(message));
  ++ring_->size;
}

void Outbox::taken(std::size_t count) {
  assert(count <= pending());
  if (count == 0) return;
  for (; count > 0; --count) ring_->pending_bytes -= ring_->at(ring_->taken++).size();
  ring_->sent = std::max(ring_->sent, ring_->taken);
}

void Outbox::drop_front(std::uint32_t count) {
  if (count == 0) return;
  Ring& ring = *ring_;
  for (; count > 0; --count) {
    Message& message = ring.at(0);
    ring.bytes -= message.size();
    if (ring.taken > 0) {
      --ring.taken;
    } else {
      ring.pending_bytes -= message.size();
    }
    if (ring.sent > 0) --ring.sent;
    message.~Message();
    ring.head = (ring.head + 1) & (ring.capacity - 1);
    --ring.size;
    ++first_;
  }
  if (ring.size > 0) return;
  release_ring(ring_, ring_->capacity);
  ring_ = nullptr;
}

bool Outbox::acknowledge(std::uint64_t number) {
  if (number < first() || number > sent()) return false;
  drop_front(static_cast<std::uint32_t>(number - first_));
  return true;
}

void Outbox::rewind() {
  if (ring_ == nullptr) return;
  for (; ring_->taken > 0; --ring_->taken) ring_->pending_bytes += ring_->at(ring_->taken - 1).size();
}

std::size_t Outbox::drop_oldest(std::size_t cost_left) {
  if (ring_ == nullptr) return 0;
  Ring& ring = *ring_;
  std::uint32_t dropped = 0;
  std::size_t freed = 0;
  while (ring.sent + dropped + 1 < ring.size && cost() - freed > cost_left) {
    freed += ring.at(ring.sent + dropped++).size() + kMessageCost;
  }
  if (dropped == 0) return 0;
  const std::size_t bytes = freed - dropped * kMessageCost;
  // What was sent moves up to its successors, so that the ring stays whole.
  for (std::uint32_t index = ring.sent; index-- > 0;) ring.at(index + dropped) = std::move(ring.at(index));
  for (std::uint32_t index = 0; index < dropped; ++index) ring.at(index).~Message();
  ring.head = (ring.head + dropped) & (ring.capacity - 1);
  ring.size -= dropped;
  ring.bytes -= bytes;
  ring.pending_bytes -= bytes;
  return dropped;
}

void Outbox::clear() { drop_front(static_cast<std::uint32_t>(size())); }

}  // namespace encke
