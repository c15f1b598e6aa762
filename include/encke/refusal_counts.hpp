// What a server has refused since it started, by what for.
#pragma once

#include <cstdint>

namespace encke {

/// Counted over all loops; each only grows. ServiceCounts has what single services have refused.
struct RefusalCounts {
  std::uint64_t connections = 0;              ///< accepted and closed: as many as may be were open
  std::uint64_t connections_per_address = 0;  ///< the same, from their address
  std::uint64_t handshakes = 0;  ///< connections cut off before their first request, for newer ones
  std::uint64_t handshakes_per_address =
      0;                       ///< accepted and closed: too many of their address had said nothing
  std::uint64_t sessions = 0;  ///< not opened: as many as may be were open
  std::uint64_t sessions_per_address = 0;  ///< the same, from their address
  std::uint64_t proxy_headers =
      0;                        ///< connections without a good PROXY header, or from none that may send one
  std::uint64_t heads = 0;      ///< requests whose head was too long, or had too many fields
  std::uint64_t bodies = 0;     ///< requests whose body was too long
  std::uint64_t messages = 0;   ///< longer than the service takes, each or all that came at once
  std::uint64_t fragments = 0;  ///< messages of sockets with too many fragments without payload
  std::uint64_t late =
      0;  ///< connections whose first bytes, hello, head, body, frame or message did not come in time
};

}  // namespace encke
