// What a connection speaks, told from its first bytes; the one place that decides it.
#pragma once

#include "server/core/byte_stream.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace encke::net {

/// Immutable once the loops run; shared by all of them.
class Sniffer {
 public:
  /// Makes the owner of a stream whose first bytes are its own; called on the stream's loop.
  using Opener = std::function<std::unique_ptr<ByteStream::Owner>(ByteStream&)>;

  /// Streams that begin with `greeting`, which is not empty, go to `opener`.
  void claim(std::string greeting, Opener opener);
  /// All others.
  void otherwise(Opener opener) { otherwise_ = std::move(opener); }

  /// The opener for a stream that begins with `bytes`; null while they are the beginning of a greeting only.
  const Opener* choose(std::string_view bytes) const;

 private:
  struct Claim {
    std::string greeting;
    Opener opener;
  };
  std::vector<Claim> claims_;
  Opener otherwise_;
};

}  // namespace encke::net
