// What a connection speaks, told from its first bytes, or from the listener that it came by; the one place
// that decides it.
#pragma once

#include "server/core/byte_stream.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace encke::net {

/// Immutable once the loops run; shared by all of them. A listener may have one of its own.
class Sniffer {
 public:
  /// Makes the owner of a stream whose first bytes are its own; called on the stream's loop. Null refuses the
  /// stream, which is aborted.
  using Opener = std::function<std::unique_ptr<ByteStream::Owner>(ByteStream&)>;

  /// Streams that begin with `greeting`, which is not empty, go to `opener`.
  void claim(std::string greeting, Opener opener);
  /// All others.
  void otherwise(Opener opener) { otherwise_ = std::move(opener); }
  /// Every stream, as soon as it is there and before any byte of it. There are no others then. The stream is
  /// not complete when `opener` is called: it may be kept, and asked nothing.
  void at_once(Opener opener) { at_once_ = std::move(opener); }

  /// The opener for a stream that begins with `bytes`; null while they are the beginning of a greeting only.
  const Opener* choose(std::string_view bytes) const;
  /// The opener for a stream that has just been accepted; null where its first bytes are to tell.
  const Opener* at_once() const { return at_once_ ? &at_once_ : nullptr; }

 private:
  struct Claim {
    std::string greeting;
    Opener opener;
  };
  std::vector<Claim> claims_;
  Opener otherwise_;
  Opener at_once_;
};

}  // namespace encke::net
