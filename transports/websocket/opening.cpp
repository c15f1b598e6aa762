// How a socket of hixie-76 or hybi-01 becomes a session's.
#include "transports/websocket/opening.hpp"

#include <encke/limits.hpp>
#include "transports/websocket/hixie.hpp"

#include <string_view>
#include <utility>

namespace encke::websocket {

namespace {

constexpr std::size_t kNonceBytes = 8;

}  // namespace

ChallengeOpening::ChallengeOpening(ByteStream& stream, Sessions& sessions, SpokenWire wire, Framing framing,
                                   OpeningFacts facts, std::uint32_t number1, std::uint32_t number2)
    : stream_(stream),
      sessions_(sessions),
      hold_(sessions.hold()),
      wire_(std::move(wire)),
      facts_(std::move(facts)),
      number1_(number1),
      number2_(number2),
      framing_(framing) {
  stream_.set_deadline(stream_.loop().limits().handshake_time);
}

void ChallengeOpening::on_bytes(std::span<char> bytes) {
  bytes_.append(bytes.data(), bytes.size());
  if (bytes_.size() < kNonceBytes) return;
  stream_.clear_deadline();
  stream_.write(hixie76_answer(number1_, number2_, std::string_view(bytes_).substr(0, kNonceBytes)));
  // This object lives until the end of the turn, past its place as the stream's owner.
  sockets::open_session(stream_, sessions_, std::move(wire_), framing_, facts_, bytes_.substr(kNonceBytes));
}

}  // namespace encke::websocket
