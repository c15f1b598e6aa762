// What one loop has of a live feed: its readers, the newest messages, and what is on its way to them.
#pragma once

#include "server/services/feed_backlog.hpp"
#include "server/services/feed_slots.hpp"

#include <encke/channel.hpp>
#include <encke/live_feed_counts.hpp>
#include <encke/message.hpp>
#include <encke/service_options.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace encke::services {

/// Messages that go to a loop together. Immutable once it is posted.
struct FeedBatch {
  struct Letter {
    std::uint64_t number;
    FeedSlot slot;
    std::size_t size;
  };
  std::vector<Letter> letters;
  std::string bytes;  // one behind the other

  /// What it takes on its way.
  std::size_t cost() const { return bytes.size() + letters.size() * kLetterCost; }
  static constexpr std::size_t kLetterCost = 128;
};

/// For readers that have no room for a message without a key.
struct SlowPolicy {
  bool closes = true;          ///< with 1008; else their oldest such messages are dropped
  std::size_t most = 1 << 20;  ///< bytes of such messages that may wait for one of them
};

/// How much work a loop has of a feed at a time, in bytes that are copied.
struct FeedBounds {
  /// What a pass may cost, some tenths of a second: beyond that all readers get the newest of each key alone.
  std::size_t pass = 200u << 20;
  std::size_t slice = 4u << 20;     ///< the same of a turn: some milliseconds
  std::size_t waiting = 16u << 20;  ///< for the next pass
};

/// Belongs to its loop, but for what is atomic.
class FeedShare {
 public:
  /// A reader counts as so many bytes besides its messages: to send costs more than to copy.
  static constexpr std::size_t kReaderCost = 4096;

  FeedShare(bool keyed, bool last_value, SlowPolicy policy, FeedBounds bounds = {})
      : keyed_(keyed), last_value_(last_value), policy_(policy), bounds_(bounds) {}

  /// A reader; it is sent what it is to have at once.
  class Member;
  Member& join(Channel& channel);
  void leave(Member& member);
  /// It has room again.
  void catch_up(Member& member);

  /// Takes what has come. True where go_on() is to be called now.
  bool take(const FeedBatch& batch, Message::Kind kind);
  /// Gives some of the readers what is due to them. True where it is to be called again, in another turn.
  bool go_on();

  /// Adds its counts. Any thread.
  void count(LiveFeedCounts& into) const;
  /// Bytes that are on their way to this loop. Any thread.
  std::atomic<std::size_t> coming{0};
  /// That many messages never came, for want of room on their way. Any thread.
  void missed(std::size_t messages) { missed_.fetch_add(messages, std::memory_order_relaxed); }

 private:
  struct Item {
    std::uint64_t number;
    FeedSlot slot;
    Message message;
  };
  using Count = std::atomic<std::uint64_t>;
  /// Only its loop writes them, so this need not be one step.
  static void add(Count& count, std::uint64_t more = 1) {
    count.store(count.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
  static std::size_t cost(const Item& item) { return item.message.size() + FeedBatch::kLetterCost; }

  void begin_pass();
  void keep_newest(std::vector<Item>& items, std::size_t& cost);
  void bound_waiting();
  void give(Member& member, const Item& item);
  void hold_back(Member& member, const Item& item);
  void give_last_values(Member& member);

  const bool keyed_;
  const bool last_value_;
  const SlowPolicy policy_;
  const FeedBounds bounds_;
  std::list<std::unique_ptr<Member>> members_;
  std::list<std::unique_ptr<Member>>::iterator next_ = members_.end();  // of the pass
  std::vector<Item> pass_;
  std::size_t pass_cost_ = 0;
  bool passing_ = false;
  std::vector<Item> waiting_;
  std::size_t waiting_cost_ = 0;
  NewestMessages newest_;
  std::vector<std::uint64_t> seen_;  // scratch of keep_newest(): by slot, the round that has met it
  std::uint64_t round_ = 0;
  std::uint64_t applied_ = 0;  // the number of the last message that newest_ knows of
  Count delivered_{0};
  Count conflated_{0};
  Count dropped_slow_{0};
  Count closed_slow_{0};
  Count dropped_behind_{0};
  Count last_values_{0};
  Count missed_{0};  // on their way here; others write it
};

/// One reader.
class FeedShare::Member {
 public:
  explicit Member(Channel& of) : channel(of) {}

 private:
  friend class FeedShare;
  Channel& channel;
  std::uint64_t since = 0;               // what is up to this number is not for it
  std::unique_ptr<FeedBacklog> backlog;  // while it has no room
  std::list<std::unique_ptr<Member>>::iterator place;
};

}  // namespace encke::services
