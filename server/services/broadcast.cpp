// Broadcast.
#include "server/services/broadcast.hpp"

#include <atomic>
#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace encke::services {

namespace {

// What may be on its way to one loop, so that who publishes faster than that loop delivers is stopped.
constexpr std::size_t kMostComing = 16u << 20;
constexpr std::size_t kLetterCost = 128;  // of a message on its way, besides its bytes

class Broadcast {
 public:
  explicit Broadcast(net::Workers& workers) : workers_(workers), shards_(workers.count()) {}

  static void join(const std::shared_ptr<Broadcast>& self, Channel& channel) {
    const unsigned worker = channel.opening().worker;
    std::list<Channel*>& members = self->shards_[worker].members;
    const auto place = members.insert(members.end(), &channel);
    channel.on_message([self, worker, &channel](const Message& message) {
      if (self->others_keep_up(worker, message)) {
        publish(self, worker, message);
      } else {
        channel.close(close_code::kPolicy, "the service is sent more than it can deliver");
      }
    });
    channel.on_close(
        [self, worker, place](const CloseReason&) { self->shards_[worker].members.erase(place); });
  }

 private:
  /// What belongs to one loop; on a cache line of its own.
  struct alignas(64) Shard {
    std::list<Channel*> members;
    std::atomic<std::size_t> coming{0};  // bytes on their way from other loops
  };

  /// One message always may be on its way, whatever its size.
  bool others_keep_up(unsigned worker, const Message& message) const {
    for (unsigned other = 0; other < shards_.size(); ++other) {
      const std::size_t coming = shards_[other].coming.load(std::memory_order_relaxed);
      if (other != worker && coming > 0 && coming + cost(message) > kMostComing) return false;
    }
    return true;
  }

  static std::size_t cost(const Message& message) { return message.size() + kLetterCost; }

  static void publish(const std::shared_ptr<Broadcast>& self, unsigned worker, const Message& message) {
    for (unsigned other = 0; other < self->workers_.count(); ++other) {
      if (other == worker) continue;
      const auto kind = message.is_binary() ? Message::Kind::binary : Message::Kind::text;
      self->shards_[other].coming += cost(message);
      self->workers_.post(other, [self, other, kind, bytes = std::string(message.data())] {
        const Message copy(kind, bytes);
        self->shards_[other].coming -= cost(copy);
        self->deliver(other, copy);
      });
    }
    self->deliver(worker, message);
  }

  void deliver(unsigned worker, const Message& message) {
    for (Channel* member : shards_[worker].members) member->send(message);
  }

  net::Workers& workers_;
  std::vector<Shard> shards_;
};

}  // namespace

Service broadcast(net::Workers& workers) {
  return
      [shared = std::make_shared<Broadcast>(workers)](Channel& channel) { Broadcast::join(shared, channel); };
}

}  // namespace encke::services
