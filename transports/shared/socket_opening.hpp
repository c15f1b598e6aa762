// How a socket becomes a session's.
#pragma once

#include "server/core/byte_stream.hpp"
#include "server/core/sessions.hpp"
#include "transports/shared/socket_wire.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace encke::sockets {

/// What opens a session: kept here because what asked for it may be gone when a session is opened late.
struct OpeningFacts {
  std::string_view transport;  ///< static storage
  std::string origin;
  std::string_view protocol;  ///< of the service's options
  std::string remote_address;
  std::string key{};          ///< of a facade's session
  std::string told_origin{};  ///< by whatever field
  /// What the application has said, where it was asked.
  std::shared_ptr<const AccessAnswer> answer{};
};

/// The most bytes that a message of the socket may have. A session's own may have fewer: the facade's stand
/// in frames.
std::size_t longest_message(const Sessions& sessions, Framing framing);

/// Opens a session over `stream`, whose owner becomes its carrier; `unread` is what the peer has sent
/// already.
void open_session(ByteStream& stream, Sessions& sessions, SpokenWire wire, Framing framing,
                  const OpeningFacts& facts, std::string unread);

}  // namespace encke::sockets
