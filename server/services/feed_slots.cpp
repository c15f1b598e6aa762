// Numbers for the keys of a feed.
#include "server/services/feed_slots.hpp"

namespace encke::services {

FeedSlot FeedSlots::of(std::string_view key) {
  if (const auto known = known_.find(key); known != known_.end()) {
    keys_.splice(keys_.end(), keys_, known->second);
    return known->second->slot;
  }
  if (keys_.size() < most_) {
    keys_.push_back({std::string(key), static_cast<FeedSlot>(keys_.size())});
  } else {
    ++forgotten_;
    known_.erase(keys_.front().text);
    keys_.splice(keys_.end(), keys_, keys_.begin());
    keys_.back().text = key;
  }
  const auto place = --keys_.end();
  known_.emplace(place->text, place);
  return place->slot;
}

}  // namespace encke::services
