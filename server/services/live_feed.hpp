// A live feed: what a source brings goes to every channel of a service, and to those that are slow the newest
// of each key.
//
//   source ─▶ home loop: size, UTF-8, key ─▶ slot ─┬─▶ its own share   ─▶ members
//   Publisher ─post─▶                              └─post─▶ other loops' shares ─▶ members
//
// A loop gives its members what has come in passes, in slices of a turn each, so that a feed of many readers
// leaves others their turns. What comes meanwhile waits for the next pass; where that would be too much work,
// all members get the newest of each key alone.
#pragma once

#include "server/net/workers.hpp"
#include "server/services/feed_key.hpp"
#include "server/services/feed_share.hpp"
#include "server/services/feed_slots.hpp"
#include "server/services/feed_source.hpp"

#include <encke/channel.hpp>
#include <encke/live_feed.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace encke::services {

/// Owned by the service's copies; `workers` outlive it. Its messages get numbers, which are their ids.
class LiveFeed final : public std::enable_shared_from_this<LiveFeed>, private FeedSink {
 public:
  static constexpr unsigned kHome = 0;                   ///< the loop that reads the source
  static constexpr std::size_t kLongestKey = 256;        ///< what would be longer is none
  static constexpr std::size_t kMostComing = 16u << 20;  ///< bytes on their way to one loop
  static constexpr std::size_t kMostATurn = 2u << 20;    ///< bytes of what is published that it looks at

  /// `longest`: bytes of one message. `source` may be null. The channels' own slow_reader must be `block`;
  /// `policy` is what readers without room get that miss a message without a key.
  LiveFeed(net::Workers& workers, const LiveFeedOptions& options, std::size_t longest, SlowPolicy policy,
           std::unique_ptr<FeedSource> source);
  ~LiveFeed();

  /// What channels are connected to.
  Service service();
  /// As Publisher::publish(). Any thread.
  bool publish(std::string_view message);
  /// Any thread.
  LiveFeedCounts counts() const;
  const FeedSource* source() const { return source_.get(); }

  /// Begins to read the source, and ends it for good; on the home loop, or before that runs.
  void start();
  void stop();

 private:
  void join(Channel& channel);
  void on_message(std::string_view bytes) override;
  void on_too_large() override { add(dropped_large_); }
  void on_stranger() override { add(dropped_sender_); }
  void on_connected() override { add(connections_); }
  void on_unconnected() override { add(connection_failures_); }
  void on_pause() override { send_batch(); }
  void send_batch();
  void look_at_published_soon();
  void look_at_published();
  void arrive(unsigned worker, const FeedBatch& batch);
  void go_on(unsigned worker);

  using Count = std::atomic<std::uint64_t>;
  static void add(Count& count, std::uint64_t more = 1) { count.fetch_add(more, std::memory_order_relaxed); }

  net::Workers& workers_;
  const Message::Kind kind_;
  const std::size_t longest_;
  const KeyFinder keys_;
  std::deque<FeedShare> shares_;  // one a loop, each its own loop's
  std::unique_ptr<FeedSource> source_;
  std::atomic<bool> closed_{false};
  std::mutex publishing_;
  std::deque<std::string> published_;  // what has not been looked at; guarded, as its cost
  std::size_t published_cost_ = 0;
  Count received_{0};
  Count dropped_sender_{0};
  Count dropped_large_{0};
  Count dropped_invalid_{0};
  Count keys_forgotten_{0};
  Count connections_{0};
  Count connection_failures_{0};
  // The home loop's.
  FeedSlots slots_;
  std::uint64_t number_ = 0;
  FeedBatch batch_;
};

}  // namespace encke::services
