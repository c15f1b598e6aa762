// What is known of connections besides their streams.
#include "server/net/gate.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

namespace encke::net {

namespace {

// Descriptors from here on are not counted; a system gives a process a million by default.
constexpr rlim_t kMostDescriptors = 1u << 24;
constexpr std::size_t kShakingPart = 4;  // of the descriptors, one in so many is for those who said nothing

rlimit descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {1024, kMostDescriptors};
  return {std::min(limit.rlim_cur, kMostDescriptors), std::min(limit.rlim_max, kMostDescriptors)};
}

}  // namespace

void Gate::Free::operator()(Entry* entries) const { std::free(entries); }

Gate::Gate(Guard& guard, Networks proxies)
    : guard_(guard),
      proxies_(std::move(proxies)),
      size_(descriptors().rlim_max),
      shaking_part_(std::max<std::size_t>(descriptors().rlim_cur / kShakingPart, 1)),
      // Zeros that take up memory once they are touched.
      entries_(static_cast<Entry*>(std::calloc(size_, sizeof(Entry)))) {
  if (!entries_) throw std::bad_alloc();
}

bool Gate::may_proxy(const Address& peer) const {
  const Networks& proxies = proxies_.now();
  return proxies.empty() || proxies.holds(peer);
}

std::size_t Gate::most_shaking() const {
  const std::size_t limit = guard_.limits().handshakes;
  return limit != 0 ? limit : shaking_part_;
}

std::uint32_t Gate::entry(int socket) const {
  const auto index = static_cast<std::size_t>(socket);
  return socket >= 0 && index < size_ ? entries_.get()[index].load(std::memory_order_relaxed) : 0;
}

void Gate::set(int socket, std::uint32_t value) {
  entries_.get()[static_cast<std::size_t>(socket)].store(value, std::memory_order_relaxed);
}

std::optional<Refusal> Gate::admit(int socket, const Address& peer) {
  if (static_cast<std::size_t>(socket) >= size_) return std::nullopt;
  Guard::Slot slot = Guard::kNone;
  if (const std::optional<Refusal> refusal = guard_.connect(peer, slot)) return refusal;
  set(socket, slot | kCounted | kShaking);
  return std::nullopt;
}

std::optional<Refusal> Gate::admit_proxy(int socket) {
  if (static_cast<std::size_t>(socket) >= size_) return std::nullopt;
  if (!guard_.connect_proxy()) return Refusal::connections;
  set(socket, kCounted | kShaking);
  return std::nullopt;
}

std::optional<Refusal> Gate::place(int socket, const Address& peer, const std::optional<Address>& proxied) {
  if ((entry(socket) & kCounted) == 0) return std::nullopt;
  Guard::Slot slot = Guard::kNone;
  if (const std::optional<Refusal> refusal = guard_.place(proxied.value_or(peer), slot)) return refusal;
  set(socket, slot | kCounted | kShaking);
  if (proxied) speaks_for(socket, proxied->text());
  return std::nullopt;
}

void Gate::speaks_for(int socket, std::string_view client) {
  const std::uint32_t was = entry(socket);
  if ((was & kCounted) == 0) return;  // nobody would forget it
  set(socket, was | kProxied);
  const std::lock_guard<std::mutex> locked(lock_);
  proxied_[socket] = client;
}

void Gate::settle(int socket) {
  const std::uint32_t was = entry(socket);
  if ((was & kShaking) == 0) return;
  guard_.handshake_over(was & kSlot);
  set(socket, was & ~kShaking);
}

void Gate::forget(int socket) {
  const std::uint32_t was = entry(socket);
  if ((was & kCounted) == 0) return;
  settle(socket);
  set(socket, 0);
  guard_.connection_over(was & kSlot);
  if ((was & kProxied) == 0) return;
  const std::lock_guard<std::mutex> locked(lock_);
  proxied_.erase(socket);
}

std::string Gate::proxied(int socket) const {
  if ((entry(socket) & kProxied) == 0) return {};
  const std::lock_guard<std::mutex> locked(lock_);
  const auto found = proxied_.find(socket);
  return found == proxied_.end() ? std::string{} : found->second;
}

}  // namespace encke::net
