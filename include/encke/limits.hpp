// What peers may take of a server and of a service, before it says that this is enough.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace encke {

/// What the sessions of one service may take, on all loops together. 0 is no limit wherever nothing else is
/// said. docs/configuration.md describes each key of the same name.
struct ServiceLimits {
  std::size_t sessions = 0;  ///< open at a time; 503 beyond
  /// Open at a time from one IPv4 address, or one /64 of IPv6; 429 beyond.
  std::size_t sessions_per_address = 0;
  /// From one browser, each second and on average. Who sends more is read no further, and its sends are not
  /// answered, until it has kept still for long enough; it is closed with 1008 where it sends on all the same
  /// and what is held for it is more than Channel::pause() would hold.
  std::size_t session_messages_per_second = 0;
  std::size_t session_bytes_per_second = 0;
  /// The same for all sessions of the service together, each loop having its share.
  std::size_t messages_per_second = 0;
  std::size_t bytes_per_second = 0;
  /// So many seconds' worth may come at once, after a rest.
  std::chrono::milliseconds burst{2'000};
  /// The body of one request that sends; 413 beyond. 0: twice max_message_bytes and 64 KiB.
  std::size_t body_bytes = 0;
  /// Fragments without payload in one message of a WebSocket; 1008 beyond. They take no memory, so this only
  /// ends a flood.
  std::size_t empty_fragments = 65'536;

  bool operator==(const ServiceLimits&) const = default;

  /// Whether anything of what is sent is counted against time.
  bool has_rates() const {
    return session_messages_per_second + session_bytes_per_second + messages_per_second + bytes_per_second >
           0;
  }
};

/// What all peers of a server may take, on all loops together. 0 is no limit wherever nothing else is said.
struct ServerLimits {
  /// From one IPv4 address, or one /64 of IPv6, as a site or a household has it. Whole offices and mobile
  /// networks share an address, so these are far above what one person's browsers need.
  std::size_t connections_per_address = 4096;
  std::size_t sessions_per_address = 4096;
  /// Connections that have not yet brought a request (or a hello, or the end of a TLS handshake and then
  /// those): silent ones cost an attacker nothing.
  std::size_t handshakes_per_address = 512;
  /// From all sessions that one such address has opened, of every service and on all loops together; see
  /// ServiceLimits for what becomes of more.
  std::size_t address_messages_per_second = 0;
  std::size_t address_bytes_per_second = 0;
  /// Networks whose addresses these five are not applied to, "192.0.2.0/24" or "2001:db8::1": proxies,
  /// and the machine itself.
  std::vector<std::string> unlimited_addresses{"127.0.0.0/8", "::1"};

  std::size_t connections = 0;  ///< in all; what descriptors there are bounds them in any case
  std::size_t sessions = 0;     ///< in all
  /// In all; beyond them the one that has waited longest makes room. 0: a quarter of the descriptors.
  std::size_t handshakes = 0;
  /// From all browsers together, each loop having its share; see ServiceLimits for what becomes of more.
  std::size_t messages_per_second = 0;
  std::size_t bytes_per_second = 0;
  std::chrono::milliseconds burst{2'000};

  std::size_t head_bytes = 16 * 1024;  ///< of a request; 431 beyond; at least 1024
  std::size_t head_fields = 100;       ///< of a request; 431 beyond; at least 1

  /// For the first byte of a connection, and what stands before HTTP; for a WebSocket's handshake behind the
  /// head, a raw socket's hello, and a facade's first frame. Each has so much.
  std::chrono::milliseconds handshake_time{10'000};
  /// From the first byte of a request's head to its last; of a WebSocket frame's header, or control frame,
  /// too.
  std::chrono::milliseconds head_time{10'000};
  /// For each 64 KiB of a request's body, or of a WebSocket's message.
  std::chrono::milliseconds body_time{30'000};
  std::chrono::milliseconds idle_time{75'000};  ///< between two requests
  std::chrono::milliseconds close_time{5'000};  ///< for a socket's peer to answer a close frame

  bool operator==(const ServerLimits&) const = default;

  bool has_address_rates() const { return address_messages_per_second + address_bytes_per_second > 0; }
  /// Whether anything of what is sent is counted against time.
  bool has_rates() const { return has_address_rates() || messages_per_second + bytes_per_second > 0; }
};

}  // namespace encke
