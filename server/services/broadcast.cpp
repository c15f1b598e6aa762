// Broadcast.
#include "server/services/broadcast.hpp"

#include <atomic>
#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace encke::services {

namespace {

// What may be on its way to one loop, so that who publishes faster than that loop delivers is stopped.
constexpr std::size_t kMostComing = 16u << 20;
constexpr std::size_t kLetterCost = 128;  // of a message on its way, besides its bytes

/// A channel, and what it had no room for, where nothing is to be lost for want of room.
struct Member {
  explicit Member(Channel& of) : channel(of) {}
  Channel& channel;
  std::deque<Message> waiting;
  bool full = false;
};

class Broadcast {
 public:
  Broadcast(net::Workers& workers, SlowReader slow_reader)
      : workers_(workers), blocks_(slow_reader == SlowReader::block), shards_(workers.count()) {}

  static void join(const std::shared_ptr<Broadcast>& self, Channel& channel) {
    const unsigned worker = channel.opening().worker;
    std::list<Member>& members = self->shards_[worker].members;
    const auto place = members.emplace(members.end(), channel);
    channel.on_message([self, worker, &channel](const Message& message) {
      if (!self->others_keep_up(worker, message)) {
        channel.close(close_code::kPolicy, "the service is sent more than it can deliver");
        return;
      }
      publish(self, worker, message);
      if (self->full_ > 0) channel.pause();
    });
    channel.on_close([self, worker, place](const CloseReason&) {
      if (place->full) found_room(self);
      self->shards_[worker].members.erase(place);
    });
    if (self->blocks_) {
      channel.on_writable([self, place] { catch_up(self, *place); });
      if (self->full_ > 0) channel.pause();
    }
  }

 private:
  /// What belongs to one loop; on a cache line of its own.
  struct alignas(64) Shard {
    std::list<Member> members;
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
    for (Member& member : shards_[worker].members) {
      const bool behind = !member.waiting.empty();  // then it waits its turn
      if (behind || (!member.channel.send(message) && blocks_ && member.channel.is_open())) {
        member.waiting.push_back(message);
      }
      if (blocks_ && !member.full && member.channel.is_open() && !member.channel.writable()) {
        member.full = true;
        ++full_;
      }
    }
  }

  /// A full member has room again.
  static void catch_up(const std::shared_ptr<Broadcast>& self, Member& member) {
    while (!member.waiting.empty() && member.channel.send(member.waiting.front())) {
      member.waiting.pop_front();
    }
    if (!member.waiting.empty() || !member.channel.writable()) return;  // its room will be told of again
    if (!std::exchange(member.full, false)) return;
    found_room(self);
  }

  /// One member less is full; without any, every loop's channels may publish again.
  static void found_room(const std::shared_ptr<Broadcast>& self) {
    if (--self->full_ > 0) return;
    for (unsigned worker = 0; worker < self->workers_.count(); ++worker) {
      self->workers_.post(worker, [self, worker] {
        if (self->full_ > 0) return;
        for (Member& member : self->shards_[worker].members) member.channel.resume();
      });
    }
  }

  net::Workers& workers_;
  const bool blocks_;
  std::vector<Shard> shards_;
  std::atomic<std::size_t> full_{0};  // members without room, on all loops
};

}  // namespace

Service broadcast(net::Workers& workers, SlowReader slow_reader) {
  return [shared = std::make_shared<Broadcast>(workers, slow_reader)](Channel& channel) {
    Broadcast::join(shared, channel);
  };
}

}  // namespace encke::services
