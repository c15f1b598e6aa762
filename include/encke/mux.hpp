// Multiplexing: one session that carries sockets to several services of the same server.
#pragma once

#include <encke/service_options.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace encke {

/// What one session of such a service may carry, and what it may take; docs/mux.md has the wire and the
/// rules.
struct MuxOptions {
  /// The services that it carries sockets to, by their paths; others are refused. They need not be served
  /// yet, and may come and go. None may be of this kind itself.
  std::vector<std::string> services{};
  std::size_t streams = 64;  ///< open at a time in one session; 1013 beyond
  /// What a page may send in one stream before the service has taken it: bytes, and 48 more a piece. At least
  /// 1024, and half of its service's outbox_bytes where that is less.
  std::size_t window = 262'144;
  /// Of messages that have come in part, in all streams of a session together; the stream that brings more is
  /// closed with 1009.
  std::size_t partial_bytes = 32u << 20;

  bool operator==(const MuxOptions&) const = default;
};

/// What `max_message_bytes` of such a service is at least: its frames are messages.
inline constexpr std::size_t kLeastMuxMessage = 32u << 10;

/// The defaults of such a service. What waits in its sessions is bounded so that a message is never long
/// behind those of other streams.
inline ServiceOptions mux_service() {
  ServiceOptions options;
  options.protocols = {"encke-mux.1"};
  options.outbox_bytes = 256u << 10;
  options.slow_reader = SlowReader::block;
  return options;
}

}  // namespace encke
