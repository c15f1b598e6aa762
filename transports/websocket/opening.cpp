// How a socket becomes a session's.
#include "transports/websocket/opening.hpp"

#include "transports/shared/routes.hpp"
#include "transports/websocket/carrier.hpp"
#include "transports/websocket/hixie.hpp"

#include <memory>
#include <utility>

namespace encke::websocket {

namespace {

constexpr std::size_t kNonceBytes = 8;
constexpr Millis kNonceTime{10'000};

}  // namespace

std::size_t longest_message(const Sessions& sessions, Framing framing) {
  const ServiceOptions& options = sessions.options();
  return framing == Framing::facade ? body_limit(options) : options.max_message_bytes;
}

void open_session(ByteStream& stream, Sessions& sessions, std::unique_ptr<Wire> wire, Framing framing,
                  const OpeningFacts& facts, std::string unread) {
  if (framing == Framing::facade) {
    auto unjoined =
        std::make_unique<Unjoined>(Unjoined{sessions, facts.key, facts.told_origin, facts.remote_address});
    auto owner = std::make_unique<SocketCarrier>(stream, std::move(wire), std::move(unjoined));
    SocketCarrier& carrier = *owner;
    stream.set_owner(std::move(owner));
    if (!unread.empty()) carrier.on_bytes(unread);
    return;
  }
  auto owner = std::make_unique<SocketCarrier>(stream, std::move(wire), framing);
  SocketCarrier& carrier = *owner;
  stream.set_owner(std::move(owner));
  Opening opening;
  opening.transport = "websocket";
  opening.protocol = facts.protocol;
  opening.origin = facts.origin;
  opening.remote_address = facts.remote_address;
  carrier.attach(sessions.open({}, opening));
  if (!unread.empty()) carrier.on_bytes(unread);
}

ChallengeOpening::ChallengeOpening(ByteStream& stream, Sessions& sessions, std::unique_ptr<Wire> wire,
                                   Framing framing, OpeningFacts facts, std::uint32_t number1,
                                   std::uint32_t number2)
    : stream_(stream),
      sessions_(sessions),
      wire_(std::move(wire)),
      facts_(std::move(facts)),
      number1_(number1),
      number2_(number2),
      framing_(framing) {
  stream_.set_deadline(kNonceTime);
}

void ChallengeOpening::on_bytes(std::span<char> bytes) {
  bytes_.append(bytes.data(), bytes.size());
  if (bytes_.size() < kNonceBytes) return;
  stream_.clear_deadline();
  stream_.write(hixie76_answer(number1_, number2_, std::string_view(bytes_).substr(0, kNonceBytes)));
  // This object lives until the end of the turn, past its place as the stream's owner.
  open_session(stream_, sessions_, std::move(wire_), framing_, facts_, bytes_.substr(kNonceBytes));
}

}  // namespace encke::websocket
