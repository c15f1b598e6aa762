// The application's end of a session.
#include <encke/channel.hpp>

#include "server/core/session.hpp"
#include "server/core/sessions.hpp"

#include <cassert>

namespace encke {

bool Channel::send(const Message& message) { return session_.send(message); }

void Channel::close(std::uint16_t code, std::string_view reason) { session_.close(code, reason); }

void Channel::pause() { session_.pause(); }

void Channel::resume() { session_.resume(); }

bool Channel::writable() const { return session_.writable(); }

std::vector<Message> Channel::unacknowledged() const { return session_.unacknowledged(); }

std::string_view Channel::protocol() const {
  if (protocol_ == 0) return {};
  return session_.sessions().options().protocols[protocol_ - 1];
}

bool Channel::is_open() const { return session_.is_open(); }

std::size_t Channel::buffered() const { return session_.outbox().pending_bytes(); }

const Opening& Channel::opening() const {
  const Sessions& sessions = session_.sessions();
  assert(sessions.opening_ != nullptr && "opening() is only valid inside the service function");
  return *sessions.opening_;
}

}  // namespace encke
