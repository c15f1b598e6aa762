// How a socket becomes a session's.
#include "transports/shared/socket_opening.hpp"

#include "transports/shared/routes.hpp"
#include "transports/shared/socket_carrier.hpp"

#include <utility>

namespace encke::sockets {

std::size_t longest_message(const Sessions& sessions, Framing framing) {
  const ServiceOptions& options = sessions.options();
  return framing == Framing::facade ? options.max_message_bytes * 2 + 64 * 1024 : options.max_message_bytes;
}

void open_session(ByteStream& stream, Sessions& sessions, SpokenWire wire, Framing framing,
                  const OpeningFacts& facts, std::string unread) {
  if (framing == Framing::facade) {
    auto unjoined = std::make_unique<Unjoined>(Unjoined{
        sessions, facts.transport, facts.key, facts.told_origin, facts.remote_address, sessions.hold()});
    auto owner = std::make_unique<SocketCarrier>(stream, std::move(wire), longest_message(sessions, framing),
                                                 std::move(unjoined));
    SocketCarrier& carrier = *owner;
    stream.set_owner(std::move(owner));
    if (!unread.empty()) carrier.on_bytes(unread);
    return;
  }
  auto owner =
      std::make_unique<SocketCarrier>(stream, std::move(wire), longest_message(sessions, framing), framing);
  SocketCarrier& carrier = *owner;
  stream.set_owner(std::move(owner));
  Opening opening;
  opening.transport = facts.transport;
  opening.protocol = facts.protocol;
  opening.origin = facts.origin;
  opening.remote_address = facts.remote_address;
  const Result<Places> places = sessions.take_places(opening.remote_address, facts.transport);
  if (!places) {  // they were there when the handshake was answered
    carrier.turn_away(places.error());
    return;
  }
  const Sessions::Answering scope(sessions, facts.answer);
  carrier.attach(sessions.open({}, opening, *places));
  if (!unread.empty()) carrier.on_bytes(unread);
}

}  // namespace encke::sockets
