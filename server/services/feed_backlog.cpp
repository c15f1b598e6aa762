// What waits for a slow reader.
#include "server/services/feed_backlog.hpp"

#include <algorithm>

namespace encke::services {

namespace {

constexpr std::size_t kMostPassedOver = 1024;  // then they are taken out of the order

}  // namespace

bool FeedBacklog::add(FeedSlot slot) {
  if (slot >= waiting_.size()) waiting_.resize(slot + 1);
  if (waiting_[slot]) return true;
  waiting_[slot] = true;
  order_.push_back(slot);
  return false;
}

void FeedBacklog::add(const Message& message) {
  order_.push_back(kNoSlot);
  messages_.push_back(message);
  cost_ += message.size() + kMessageCost;
}

std::size_t FeedBacklog::drop_oldest(std::size_t most) {
  std::size_t dropped = 0;
  for (; cost_ > most; ++dropped) {
    cost_ -= messages_.front().size() + kMessageCost;
    messages_.pop_front();
  }
  passed_over_ += dropped;
  skip();
  if (passed_over_ > kMostPassedOver) {
    std::size_t left = passed_over_;
    std::erase_if(order_, [&left](FeedSlot slot) { return slot == kNoSlot && left > 0 && left-- > 0; });
    passed_over_ = 0;
  }
  return dropped;
}

const Message& FeedBacklog::front(const NewestMessages& newest) {
  skip();
  return order_.front() == kNoSlot ? messages_.front() : *newest[order_.front()];
}

void FeedBacklog::pop() {
  skip();
  if (order_.front() == kNoSlot) {
    cost_ -= messages_.front().size() + kMessageCost;
    messages_.pop_front();
  } else {
    waiting_[order_.front()] = false;
  }
  order_.pop_front();
}

/// Past those at the front whose messages were dropped.
void FeedBacklog::skip() {
  for (; passed_over_ > 0 && order_.front() == kNoSlot; --passed_over_) order_.pop_front();
}

}  // namespace encke::services
