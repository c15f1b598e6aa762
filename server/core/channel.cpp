// The application's end of a session.
#include <encke/channel.hpp>

#include "server/core/session.hpp"
#include "server/core/sessions.hpp"

#include <cassert>

namespace encke {

Session& Channel::session() { return static_cast<Session&>(*this); }

const Session& Channel::session() const { return static_cast<const Session&>(*this); }

bool Channel::send(const Message& message) { return session().send(message); }

void Channel::close(std::uint16_t code, std::string_view reason) { session().close(code, reason); }

void Channel::pause() { session().pause(); }

void Channel::resume() { session().resume(); }

bool Channel::writable() const { return session().writable(); }

std::vector<Message> Channel::unacknowledged() const { return session().unacknowledged(); }

std::string_view Channel::protocol() const {
  if (protocol_ == 0) return {};
  return session().sessions().options().protocols[protocol_ - 1];
}

bool Channel::is_open() const { return session().is_open(); }

std::size_t Channel::buffered() const { return session().outbox().pending_bytes(); }

const Opening& Channel::opening() const {
  const Sessions& sessions = session().sessions();
  assert(sessions.opening_ != nullptr && "opening() is only valid inside the service function");
  return *sessions.opening_;
}

}  // namespace encke
