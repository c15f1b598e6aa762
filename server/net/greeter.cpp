// The first owner of a stream.
#include "server/net/greeter.hpp"

#include "server/core/guard.hpp"
#include "server/net/stream.hpp"

#include <cassert>
#include <utility>

namespace encke::net {

namespace {

constexpr std::size_t kMostEarly = 64;  // no greeting is longer

}  // namespace

Greeter::Greeter(Stream& stream, const Sniffer& sniffer) : stream_(stream), sniffer_(sniffer) {
  stream_.set_deadline(stream_.loop().limits().handshake_time);
}

void Greeter::on_bytes(std::span<char> bytes) {
  std::string early;
  if (!early_.empty()) {
    early = std::move(early_) + std::string(bytes.data(), bytes.size());
    bytes = early;
  }
  const Sniffer::Opener* opener = sniffer_.choose({bytes.data(), bytes.size()});
  if (opener == nullptr) {
    assert(bytes.size() < kMostEarly);
    early_.assign(bytes.data(), bytes.size());
    return;
  }
  if (open_with(stream_, *opener)) stream_.feed(bytes);
}

void Greeter::on_deadline() {
  count_refused(stream_, Refusal::late);
  stream_.leave();
}

bool open_with(Stream& stream, const Sniffer::Opener& opener) {
  std::unique_ptr<ByteStream::Owner> owner = opener(stream);
  if (owner) {
    stream.set_owner(std::move(owner));
  } else {
    stream.abort();
  }
  return stream.is_open();
}

}  // namespace encke::net
