// Where policy requests are answered.
//
//   waits ──request, NUL──▶ answered, left
//     ├────another byte───▶ wrong, aborted
//     ├────deadline───────▶ late, aborted
//     └────room is needed─▶ refused, aborted
#include "server/policy/desk.hpp"

#include "server/core/address.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace encke::policy {

namespace {

void add_one(std::atomic<std::uint64_t>& count) { count.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

Answers::Answers(const FlashPolicy& policy)
    : alone_(to_xml(policy, Place::alone) + '\0'),
      in_line_(to_xml(policy, Place::in_line) + '\0'),
      connections_per_address_(policy.connections_per_address) {}

/// One peer that has yet to send its request.
class Desk::Connection final : public ByteStream::Owner {
 public:
  Connection(Desk& desk, ByteStream& stream, Place place, AddressTable::Slot address)
      : desk_(desk), stream_(stream), address_(address), place_(place) {
    at_ = desk_.waiting_.insert(desk_.waiting_.end(), this);
    stream_.set_deadline(kRequestTime);
  }
  ~Connection() override { release(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void on_bytes(std::span<char> bytes) override {
    const std::string_view expected = kRequest.substr(matched_);
    const std::size_t size = std::min(bytes.size(), expected.size());
    if (std::string_view(bytes.data(), size) != expected.substr(0, size)) {
      end(desk_.counts_.wrong);
      return;
    }
    matched_ = static_cast<unsigned char>(matched_ + size);
    if (matched_ < kRequest.size()) return;
    add_one(desk_.counts_.answered);
    release();
    stream_.write(desk_.answers_.at(place_));
    stream_.leave();
  }
  void on_lost() override { release(); }
  void on_deadline() override { end(desk_.counts_.late); }

  ByteStream& stream() { return stream_; }
  void end(std::atomic<std::uint64_t>& count) {
    add_one(count);
    release();
    stream_.abort();
  }

 private:
  void release() {
    if (std::exchange(released_, true)) return;
    desk_.waiting_.erase(at_);
    desk_.addresses_.give_back(address_, AddressTable::Kind::connection);
  }

  Desk& desk_;
  ByteStream& stream_;
  AddressTable::Slot address_;
  std::list<Connection*>::iterator at_;
  Place place_;
  unsigned char matched_ = 0;  // bytes of the request that have come
  bool released_ = false;
};

std::unique_ptr<ByteStream::Owner> Desk::open(ByteStream& stream, Place place) {
  const std::optional<Address> peer = Address::parse(stream.remote_address());
  const AddressTable::Slot address = addresses_.take(
      peer.value_or(Address{}).network(), AddressTable::Kind::connection, answers_.connections_per_address());
  if (address == AddressTable::kNone) {
    add_one(counts_.refused);
    refused(stream);
    return nullptr;
  }
  auto connection = std::make_unique<Connection>(*this, stream, place, address);
  if (waiting_.size() > most_waiting_) {
    Connection& oldest = *waiting_.front();
    refused(oldest.stream());
    oldest.end(counts_.refused);
  }
  return connection;
}

void Desk::refused(ByteStream& stream) {
  ++refused_untold_;
  const Millis now = stream.loop().timers.now();
  if (!trouble_ || (trouble_at_ != Millis{0} && now < trouble_at_)) return;
  trouble_at_ = now + kTroubleInterval;
  const std::uint64_t refused = std::exchange(refused_untold_, 0);
  trouble_("flash policy: " + std::to_string(refused) +
           (refused == 1 ? " connection refused, the last of " : " connections refused, the last of ") +
           stream.remote_address() + ": too many waited that had not asked yet");
}

}  // namespace encke::policy
