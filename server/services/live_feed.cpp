// A live feed.
#include "server/services/live_feed.hpp"

#include "server/core/utf8.hpp"

#include <optional>
#include <utility>

namespace encke::services {

LiveFeed::LiveFeed(net::Workers& workers, const LiveFeedOptions& options, std::size_t longest,
                   SlowPolicy policy, std::unique_ptr<FeedSource> source)
    : workers_(workers),
      kind_(options.kind),
      longest_(longest),
      keys_(options.key),
      source_(std::move(source)),
      slots_(options.most_keys) {
  for (unsigned worker = 0; worker < workers.count(); ++worker) {
    shares_.emplace_back(keys_.looks(), options.last_value, policy);
  }
}

LiveFeed::~LiveFeed() = default;

Service LiveFeed::service() {
  return [self = shared_from_this()](Channel& channel) { self->join(channel); };
}

void LiveFeed::join(Channel& channel) {
  FeedShare& share = shares_[channel.opening().worker];
  FeedShare::Member& member = share.join(channel);
  // The service holds this for as long as there are channels of it.
  channel.on_writable([&share, &member] { share.catch_up(member); });
  channel.on_close([&share, &member](const CloseReason&) { share.leave(member); });
}

void LiveFeed::start() {
  if (source_ && !closed_) source_->start(workers_.loop(kHome), *this);
}

void LiveFeed::stop() {
  closed_ = true;
  if (source_) source_->stop();
}

bool LiveFeed::publish(std::string_view message) {
  if (closed_) return false;
  const std::size_t cost = message.size() + FeedBatch::kLetterCost;
  const std::lock_guard lock(publishing_);
  if (!published_.empty() && published_cost_ + cost > kMostComing) return false;
  published_cost_ += cost;
  published_.emplace_back(message);
  if (published_.size() == 1) look_at_published_soon();
  return true;
}

void LiveFeed::look_at_published_soon() {
  workers_.post(kHome, [self = shared_from_this()] { self->look_at_published(); });
}

// ---- the home loop --------------------------------------------------------------------------------------

void LiveFeed::look_at_published() {
  std::vector<std::string> some;
  {
    const std::lock_guard lock(publishing_);
    std::size_t cost = 0;
    for (; !published_.empty() && cost < kMostATurn; published_.pop_front()) {
      cost += published_.front().size() + FeedBatch::kLetterCost;
      some.push_back(std::move(published_.front()));
    }
    published_cost_ -= cost;
    if (!published_.empty()) look_at_published_soon();
  }
  if (closed_) return;
  for (const std::string& message : some) on_message(message);
  send_batch();
}

void LiveFeed::on_message(std::string_view bytes) {
  if (bytes.size() > longest_) {
    add(dropped_large_);
    return;
  }
  if (kind_ == Message::Kind::text && !valid_utf8(bytes)) {
    add(dropped_invalid_);
    return;
  }
  add(received_);
  FeedSlot slot = kNoSlot;
  if (const std::optional<std::string> key = keys_.find(bytes); key && key->size() <= kLongestKey) {
    const std::size_t forgotten = slots_.forgotten();
    slot = slots_.of(*key);
    add(keys_forgotten_, slots_.forgotten() - forgotten);
  }
  batch_.letters.push_back({++number_, slot, bytes.size()});
  batch_.bytes += bytes;
}

void LiveFeed::send_batch() {
  if (batch_.letters.empty()) return;
  const auto batch = std::make_shared<const FeedBatch>(std::exchange(batch_, {}));
  const std::size_t cost = batch->cost();
  for (unsigned worker = 0; worker < workers_.count(); ++worker) {
    if (worker == kHome) continue;
    FeedShare& share = shares_[worker];
    const std::size_t coming = share.coming.load(std::memory_order_relaxed);
    if (coming > 0 && coming + cost > kMostComing) {
      share.missed(batch->letters.size());
      continue;
    }
    share.coming += cost;
    workers_.post(worker, [self = shared_from_this(), worker, batch, cost] {
      self->shares_[worker].coming -= cost;
      self->arrive(worker, *batch);
    });
  }
  arrive(kHome, *batch);
}

// ---- each loop ------------------------------------------------------------------------------------------

void LiveFeed::arrive(unsigned worker, const FeedBatch& batch) {
  if (shares_[worker].take(batch, kind_)) go_on(worker);
}

void LiveFeed::go_on(unsigned worker) {
  if (!shares_[worker].go_on()) return;
  workers_.post(worker, [self = shared_from_this(), worker] { self->go_on(worker); });
}

LiveFeedCounts LiveFeed::counts() const {
  LiveFeedCounts counts;
  counts.received = received_;
  counts.dropped_sender = dropped_sender_;
  counts.dropped_large = dropped_large_;
  counts.dropped_invalid = dropped_invalid_;
  counts.keys_forgotten = keys_forgotten_;
  counts.connections = connections_;
  counts.connection_failures = connection_failures_;
  if (source_) counts.dropped_system = source_->lost();
  for (const FeedShare& share : shares_) share.count(counts);
  return counts;
}

}  // namespace encke::services

namespace encke {

bool Publisher::publish(std::string_view message) const {
  const std::shared_ptr<services::LiveFeed> feed = feed_.lock();
  return feed && feed->publish(message);
}

LiveFeedCounts Publisher::counts() const {
  const std::shared_ptr<services::LiveFeed> feed = feed_.lock();
  return feed ? feed->counts() : LiveFeedCounts{};
}

}  // namespace encke
