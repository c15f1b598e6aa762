// Numbers for the keys of a feed, so that loops need not know the keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace encke::services {

/// Where the newest message of a key is kept; small numbers, from 0.
using FeedSlot = std::uint32_t;
/// Of messages without a key.
inline constexpr FeedSlot kNoSlot = std::numeric_limits<FeedSlot>::max();

/// Gives each key a slot. Where all are given the key that was silent longest is forgotten, and its slot
/// given again.
class FeedSlots {
 public:
  explicit FeedSlots(std::size_t most) : most_(most) {}

  /// The slot of `key`, whose message is the newest of all now.
  FeedSlot of(std::string_view key);
  /// How many keys have been forgotten.
  std::size_t forgotten() const { return forgotten_; }

 private:
  struct Key {
    std::string text;
    FeedSlot slot;
  };
  const std::size_t most_;
  std::size_t forgotten_ = 0;
  std::list<Key> keys_;  // the one that was silent longest first
  std::unordered_map<std::string_view, std::list<Key>::iterator> known_;  // views of the list's texts
};

}  // namespace encke::services
