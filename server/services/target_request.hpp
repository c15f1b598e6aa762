// What a page asks a gateway for: its first message, "irc.example:6667 text".
#pragma once

#include "server/net/endpoint.hpp"

#include <encke/message.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace encke::services {

/// A host's name has 253 bytes at most; this leaves room for all that may stand behind it.
inline constexpr std::size_t kMostRequestBytes = 300;

struct TargetRequest {
  enum class Kind : std::uint8_t {
    target,      ///< `to` is set
    impossible,  ///< it has the form HOST:PORT, and can be no target: another form of an address, port 0
    none,        ///< it has not
  };
  Kind kind = Kind::none;
  std::optional<net::Endpoint> to{};
  bool text = false;    ///< as the page says it wants what comes; `text_unless_said` where it says nothing
  std::string asked{};  ///< HOST:PORT as it came, visible ASCII; empty where it has not that form
};

/// "HOST:PORT", then, perhaps, a blank and `text` or `binary`, then, perhaps, a line feed. An address of IPv6
/// stands in brackets.
TargetRequest parse_target_request(const Message& message, bool text_unless_said);

}  // namespace encke::services
