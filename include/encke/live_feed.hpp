// A live feed: a service that sends what comes from outside, quotes or scores, to all its sessions, and to
// slow readers the newest of it.
#pragma once

#include <encke/live_feed_counts.hpp>
#include <encke/message.hpp>
#include <encke/service_options.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace encke {

namespace services {
class LiveFeed;
}

/// How the key of a message is found: of those with the same key a reader that is behind needs the newest
/// alone.
struct FeedKey {
  enum class Kind : std::uint8_t { none, member, before };
  Kind kind = Kind::none;
  std::string text = {};

  /// Of both: what would be longer than 256 bytes is no key. Messages are JSON, and this JSON pointer (RFC
  /// 6901) leads to their key: a string, a number, true or false.
  static FeedKey member(std::string pointer) { return {Kind::member, std::move(pointer)}; }
  /// What stands before the first `separator`, which is not empty, is the key.
  static FeedKey before(std::string separator) { return {Kind::before, std::move(separator)}; }

  bool operator==(const FeedKey&) const = default;
};

/// Datagrams as a source: each is one message.
struct UdpSource {
  /// "127.0.0.1:9000", "[::1]:9000", or a group to join, "239.1.2.3:9000". Port 0 lets the system choose.
  std::string address;
  /// Of groups: the interface, by its name or one of its addresses. Empty: the system chooses.
  std::string interface = {};
  /// Networks of the senders who are heeded, "192.0.2.0/24"; empty: whoever reaches the address.
  std::vector<std::string> from = {};

  bool operator==(const UdpSource&) const = default;
};

/// docs/configuration.md describes each key of the same name.
struct LiveFeedOptions {
  std::optional<UdpSource> udp = {};  ///< without this and `tcp` messages come by Publisher alone
  /// The server, "quotes.example:7000", whose lines, ended by LF or CR LF, are messages. Not with `udp`.
  std::string tcp = {};
  FeedKey key = {};
  /// Who joins is sent the last message, or where there is a key the last of each.
  bool last_value = true;
  std::size_t most_keys = 10'000;  ///< kept; then the one that was silent longest is forgotten. At least 1
  Message::Kind kind = Message::Kind::text;  ///< what messages are; those of text must be UTF-8

  bool operator==(const LiveFeedOptions&) const = default;
};

/// What the service of a live feed obeys where nothing else is said: readers are to have fresh values, so
/// little waits for each; and `events` is true.
inline ServiceOptions live_feed_service() {
  ServiceOptions options;
  options.outbox_bytes = 256 * 1024;
  options.unsent_bytes = 32 * 1024;
  options.events = true;
  return options;
}

/// Publishes to the readers of one live feed. Copies are of the same feed. Any thread, but not while the
/// server is being destroyed.
class Publisher {
 public:
  Publisher() = default;
  explicit Publisher(std::weak_ptr<services::LiveFeed> feed) : feed_(std::move(feed)) {}

  /// Copies `message`, which goes the way of those from the source: the same key, the same bounds, which
  /// counts() tell of. Those of one thread stay in order. False, and nothing is sent, where the feed is
  /// served no more, or 16 MiB of what was published have not been looked at yet.
  bool publish(std::string_view message) const;
  /// Zeros where the feed is gone.
  LiveFeedCounts counts() const;

 private:
  std::weak_ptr<services::LiveFeed> feed_;
};

}  // namespace encke
