// The PROXY protocol, versions 1 and 2, by which a proxy tells whom it speaks for, before all else
// (haproxy.org, proxy-protocol.txt).
#pragma once

#include "server/core/address.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace encke::net {

/// A byte machine for one header. It never takes a byte of what follows.
class ProxyHeader {
 public:
  /// A line of version 1, its end included.
  static constexpr std::size_t kLongestLine = 107;
  /// What follows the first 16 bytes of version 2: addresses, and what else the proxy likes to say.
  static constexpr std::size_t kLongestRest = 4096;

  enum class State : std::uint8_t { more, done, wrong };

  /// Takes bytes of the header, at most all: how many is `used()`. Not after `done` or `wrong`.
  State feed(std::string_view bytes);
  std::size_t used() const { return used_; }

  /// Once done: the client's address; nothing where the proxy speaks for itself (LOCAL), does not know
  /// (UNKNOWN, UNSPEC), or speaks for a socket of the file system.
  const std::optional<Address>& source() const { return source_; }
  /// Once wrong: why, and what was expected.
  std::string_view fault() const { return fault_; }

 private:
  State feed_line(std::string_view bytes);
  State feed_binary(std::string_view bytes);
  State wrong(std::string_view why);
  State read_line();
  State read_start();
  State read_addresses();

  std::string bytes_;          // of the header, as far as it is looked at
  std::size_t rest_ = 0;       // of version 2: bytes behind the first 16
  std::size_t rest_seen_ = 0;  // of them, how many came
  std::size_t used_ = 0;
  std::optional<Address> source_;
  std::string_view fault_;
};

}  // namespace encke::net
