// Finds the key of a feed's message.
#pragma once

#include <encke/live_feed.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace encke::services {

/// What is wrong with a key's option: "expected" this. Empty: it is good.
std::string_view key_fault(const FeedKey& key);

/// Reads messages as one feed's option says. Its faults must have been found before.
class KeyFinder {
 public:
  explicit KeyFinder(const FeedKey& key);
  /// Whether messages of this feed can have a key.
  bool looks() const { return key_.kind != FeedKey::Kind::none; }
  /// Nothing where the message has none: no such member, or one that is an object, a list or null; no
  /// separator; no JSON at all.
  std::optional<std::string> find(std::string_view message) const;

 private:
  const FeedKey key_;
  std::vector<std::string> path_;  // of the pointer
};

}  // namespace encke::services
