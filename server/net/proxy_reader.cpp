// Reads the PROXY header of a connection.
#include "server/net/proxy_reader.hpp"

#include <encke/limits.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace encke::net {

namespace {

constexpr std::size_t kPeekBytes = 1024;

}  // namespace

ProxyReader::ProxyReader(Loop& loop, int socket, Done done)
    : loop_(loop), done_(std::move(done)), socket_(socket) {
  event_assign(&readable_, loop.base_, socket, EV_READ | EV_PERSIST, &ProxyReader::on_event, this);
  event_add(&readable_, nullptr);
  loop.timers_.set(*this, loop.context().limits().handshake_time);
}

ProxyReader::~ProxyReader() {
  event_del(&readable_);
  if (socket_ < 0) return;
  loop_.forget(socket_);
  ::close(socket_);
}

void ProxyReader::on_event(evutil_socket_t, short, void* self) {
  auto& reader = *static_cast<ProxyReader*>(self);
  reader.loop_.wake();
  reader.read();
}

void ProxyReader::read() {
  // What follows the header is left in the socket, for whoever reads it next.
  std::array<char, kPeekBytes> bytes{};
  const ssize_t size = ::recv(socket_, bytes.data(), bytes.size(), MSG_PEEK);
  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
  if (size <= 0) {
    end("the connection ended before its PROXY header");
    return;
  }
  const ProxyHeader::State state = header_.feed({bytes.data(), static_cast<std::size_t>(size)});
  static_cast<void>(::recv(socket_, bytes.data(), header_.used(), 0));
  if (state != ProxyHeader::State::more) end(header_.fault());
}

void ProxyReader::end(std::string_view fault, bool late) {
  clear();
  event_del(&readable_);
  done_({std::exchange(socket_, -1), header_.source(), fault, late});
}

void ProxyReader::on_timer() { end("the PROXY header did not come in time", true); }

}  // namespace encke::net
