// One loop's share of a live feed.
#include "server/services/feed_share.hpp"

#include <encke/close.hpp>

#include <algorithm>
#include <utility>

namespace encke::services {

FeedShare::Member& FeedShare::join(Channel& channel) {
  members_.push_back(std::make_unique<Member>(channel));
  Member& member = *members_.back();
  member.place = --members_.end();
  member.since = applied_;
  if (last_value_) give_last_values(member);
  return member;
}

void FeedShare::leave(Member& member) {
  if (next_ == member.place) ++next_;
  members_.erase(member.place);
}

void FeedShare::give_last_values(Member& member) {
  for (FeedSlot slot = 0; slot < newest_.size(); ++slot) {
    if (!newest_[slot]) continue;  // it was dropped on its way here
    add(last_values_);
    give(member, {0, keyed_ ? slot : kNoSlot, *newest_[slot]});
  }
}

// ---- what has come --------------------------------------------------------------------------------------

bool FeedShare::take(const FeedBatch& batch, Message::Kind kind) {
  std::size_t at = 0;
  for (const FeedBatch::Letter& letter : batch.letters) {
    const std::string_view bytes = std::string_view(batch.bytes).substr(at, letter.size);
    at += letter.size;
    waiting_.push_back({letter.number, letter.slot, Message(kind, bytes, std::to_string(letter.number))});
  }
  waiting_cost_ += batch.cost();
  bound_waiting();
  if (passing_) return false;
  begin_pass();
  return true;
}

void FeedShare::bound_waiting() {
  if (waiting_cost_ <= bounds_.waiting) return;
  keep_newest(waiting_, waiting_cost_);
  if (waiting_cost_ <= bounds_.waiting) return;
  // To a quarter less, so that not each message moves the others.
  std::size_t count = 0;
  for (; count + 1 < waiting_.size() && waiting_cost_ > bounds_.waiting / 4 * 3; ++count) {
    waiting_cost_ -= cost(waiting_[count]);
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
  add(dropped_behind_, count);
}

/// Of each slot the newest stays; nobody is given the others.
void FeedShare::keep_newest(std::vector<Item>& items, std::size_t& items_cost) {
  ++round_;
  std::size_t removed = 0;
  auto kept = items.end();
  for (auto item = items.end(); item != items.begin();) {
    --item;
    if (item->slot != kNoSlot) {
      if (item->slot >= seen_.size()) seen_.resize(item->slot + 1);
      if (std::exchange(seen_[item->slot], round_) == round_) {
        items_cost -= cost(*item);
        ++removed;
        continue;
      }
    }
    --kept;
    if (kept != item) *kept = std::move(*item);
  }
  items.erase(items.begin(), kept);
  add(conflated_, removed * members_.size());
}

// ---- passes ---------------------------------------------------------------------------------------------

void FeedShare::begin_pass() {
  passing_ = true;
  pass_.swap(waiting_);
  pass_cost_ = std::exchange(waiting_cost_, 0);
  if ((pass_cost_ + kReaderCost) * members_.size() > bounds_.pass) keep_newest(pass_, pass_cost_);
  for (const Item& item : pass_) {
    applied_ = item.number;
    const FeedSlot slot = keyed_ ? item.slot : 0;
    if (slot == kNoSlot) continue;
    if (slot >= newest_.size()) newest_.resize(slot + 1);
    newest_[slot] = item.message;
  }
  next_ = members_.begin();
}

bool FeedShare::go_on() {
  std::size_t spent = 0;
  while (next_ != members_.end() && spent < bounds_.slice) {
    Member& member = **next_++;
    spent += pass_cost_ + kReaderCost;
    if (member.since >= applied_) continue;  // it came later
    for (const Item& item : pass_) give(member, item);
    member.since = applied_;
  }
  if (next_ != members_.end()) return true;
  pass_.clear();
  passing_ = false;
  if (waiting_.empty()) return false;
  begin_pass();
  return true;
}

void FeedShare::give(Member& member, const Item& item) {
  if (!member.channel.is_open()) return;
  if (!member.backlog) {
    if (member.channel.send(item.message)) {
      add(delivered_);
      return;
    }
    if (!member.channel.is_open()) return;
    member.backlog = std::make_unique<FeedBacklog>();
  }
  hold_back(member, item);
}

void FeedShare::hold_back(Member& member, const Item& item) {
  if (item.slot != kNoSlot) {
    if (member.backlog->add(item.slot)) add(conflated_);
  } else if (policy_.closes) {
    add(closed_slow_);
    member.channel.close(close_code::kPolicy, "the reader fell behind");
    member.backlog.reset();
  } else {
    member.backlog->add(item.message);
    add(dropped_slow_, member.backlog->drop_oldest(policy_.most));
  }
}

void FeedShare::catch_up(Member& member) {
  if (!member.backlog) return;
  if (passing_ && member.since < applied_) {
    // What it is due of this pass is in `newest_` already: it is to come with what waits, and not again.
    member.since = applied_;
    for (const Item& item : pass_) {
      if (member.backlog) hold_back(member, item);
    }
    if (!member.backlog) return;
  }
  while (!member.backlog->empty()) {
    if (!member.channel.send(member.backlog->front(newest_))) return;  // its room will be told of again
    add(delivered_);
    member.backlog->pop();
  }
  member.backlog.reset();
}

void FeedShare::count(LiveFeedCounts& into) const {
  into.delivered += delivered_;
  into.conflated += conflated_;
  into.dropped_slow += dropped_slow_;
  into.closed_slow += closed_slow_;
  into.dropped_behind += dropped_behind_ + missed_;
  into.last_values += last_values_;
}

}  // namespace encke::services
