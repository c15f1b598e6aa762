// Where policy requests are answered.
//
//   waits ──request, NUL──▶ answered, left
//     ├────another byte───▶ wrong, aborted
//     ├────deadline───────▶ late, aborted
//     └────room is needed─▶ refused, aborted
#include "server/policy/desk.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <utility>

namespace encke::policy {

namespace {

constexpr std::size_t kNetwork6 = 8;  // bytes of an IPv6 address that a site or a household is given

void add_one(std::atomic<std::uint64_t>& count) { count.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

Answers::Answers(const FlashPolicy& policy)
    : alone_(to_xml(policy, Place::alone) + '\0'),
      in_line_(to_xml(policy, Place::in_line) + '\0'),
      connections_per_address_(policy.connections_per_address) {}

std::string counted_as(std::string_view address) {
  std::string text(address);
  std::array<char, sizeof(in6_addr)> bytes{};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return {bytes.data(), kNetwork6};
  return text;
}

/// One peer that has yet to send its request.
class Desk::Connection final : public ByteStream::Owner {
 public:
  Connection(Desk& desk, ByteStream& stream, Place place, Addresses::iterator address)
      : desk_(desk), stream_(stream), address_(address), place_(place) {
    ++address_->second;
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
    if (--address_->second == 0) desk_.addresses_.erase(address_);
  }

  Desk& desk_;
  ByteStream& stream_;
  Addresses::iterator address_;
  std::list<Connection*>::iterator at_;
  Place place_;
  unsigned char matched_ = 0;  // bytes of the request that have come
  bool released_ = false;
};

std::unique_ptr<ByteStream::Owner> Desk::open(ByteStream& stream, Place place) {
  const auto address = addresses_.try_emplace(counted_as(stream.remote_address()), 0).first;
  if (address->second >= answers_.connections_per_address()) {
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
