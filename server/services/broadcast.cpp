// Broadcast.
#include "server/services/broadcast.hpp"

#include <list>
#include <memory>
#include <string>
#include <vector>

namespace encke::services {

namespace {

class Broadcast {
 public:
  explicit Broadcast(net::Workers& workers) : workers_(workers), shards_(workers.count()) {}

  static void join(const std::shared_ptr<Broadcast>& self, Channel& channel) {
    const unsigned worker = channel.opening().worker;
    std::list<Channel*>& members = self->shards_[worker].members;
    const auto place = members.insert(members.end(), &channel);
    channel.on_message([self, worker](const Message& message) { publish(self, worker, message); });
    channel.on_close(
        [self, worker, place](const CloseReason&) { self->shards_[worker].members.erase(place); });
  }

 private:
  /// What belongs to one loop; on a cache line of its own.
  struct alignas(64) Shard {
    std::list<Channel*> members;
  };

  static void publish(const std::shared_ptr<Broadcast>& self, unsigned worker, const Message& message) {
    for (unsigned other = 0; other < self->workers_.count(); ++other) {
      if (other == worker) continue;
      const auto kind = message.is_binary() ? Message::Kind::binary : Message::Kind::text;
      self->workers_.post(other, [self, other, kind, bytes = std::string(message.data())] {
        self->deliver(other, Message(kind, bytes));
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
