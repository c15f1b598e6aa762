// What is known of connections besides their streams: where they are counted, and whom a proxy speaks for.
//
// It is kept by descriptor, which a connection keeps when it moves to another loop, so that a stream needs no
// room for it: four bytes each, and a text where a proxy has told of an address.
#pragma once

#include "server/core/guard.hpp"
#include "server/core/renewed.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace encke::net {

/// One per server; outlives its loops. A descriptor's part belongs to the loop that has it.
class Gate {
 public:
  /// `guard` outlives this. `proxies` may send a PROXY header; none: everybody may, where a listener takes
  /// it.
  explicit Gate(Guard& guard, Networks proxies = {});

  Guard& guard() { return guard_; }
  bool may_proxy(const Address& peer) const;
  const Networks& proxies() const { return proxies_.now(); }
  /// Any thread. For the connections that come from now on.
  void set_proxies(Networks proxies) { proxies_.renew(std::move(proxies)); }
  /// How many connections may wait for their first request, in all.
  std::size_t most_shaking() const;

  /// A connection came that is counted from now on, or what it is refused for.
  std::optional<Refusal> admit(int socket, const Address& peer);
  /// A connection came whose address a PROXY header is to tell: refused, or counted for no address yet.
  std::optional<Refusal> admit_proxy(int socket);
  /// It has told; `proxied` is nothing where it speaks for itself.
  std::optional<Refusal> place(int socket, const Address& peer, const std::optional<Address>& proxied);
  /// Its first request has come.
  void settle(int socket);
  /// The socket is about to be closed.
  void forget(int socket);

  bool is_shaking(int socket) const { return (entry(socket) & kShaking) != 0; }
  /// All that comes is of this client's from now on, as a proxy says that is believed.
  void speaks_for(int socket, std::string_view client);
  /// The address that a proxy told; empty where none did.
  std::string proxied(int socket) const;

 private:
  using Entry = std::atomic<std::uint32_t>;
  struct Free {
    void operator()(Entry* entries) const;
  };
  // An entry: the slot of the address, and what else is known of the connection.
  static constexpr std::uint32_t kCounted = 1u << 31;
  static constexpr std::uint32_t kShaking = 1u << 30;
  static constexpr std::uint32_t kProxied = 1u << 29;
  static constexpr std::uint32_t kSlot = kProxied - 1;

  std::uint32_t entry(int socket) const;
  void set(int socket, std::uint32_t value);

  Guard& guard_;
  Renewed<Networks> proxies_;
  std::size_t size_;
  std::size_t shaking_part_;  // of the descriptors
  std::unique_ptr<Entry, Free> entries_;
  mutable std::mutex lock_;
  std::unordered_map<int, std::string> proxied_;
};

}  // namespace encke::net
