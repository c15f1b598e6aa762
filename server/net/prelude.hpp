// What is spoken in plain text before TLS begins, where a protocol has STARTTLS.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace encke::net {

/// A client's side of it on one connection: a byte machine.
class Prelude {
 public:
  enum class Step : std::uint8_t {
    more,    ///< the server has to answer
    secure,  ///< TLS begins now
    plain,   ///< it goes on without TLS; whoever gets the connection gets all that was read of it
    failed,  ///< fault() says why
  };

  Prelude() = default;
  Prelude(const Prelude&) = delete;
  Prelude& operator=(const Prelude&) = delete;
  virtual ~Prelude() = default;

  /// `bytes` came; at first it is called with none. Appends to `out` what is to be said, which is short. It
  /// bounds what it takes. Not called any more once it has answered anything but `more`.
  virtual Step feed(std::string_view bytes, std::string& out) = 0;
  virtual std::string fault() const = 0;
};

}  // namespace encke::net
