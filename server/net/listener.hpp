// Listening sockets: binding them, and accepting on a loop.
#pragma once

#include "server/net/door.hpp"
#include "server/net/loop.hpp"

#include <event2/event.h>
#include <event2/event_struct.h>

#include <cstdint>
#include <string>
#include <vector>

namespace encke::net {

/// Where one listener is bound. Closing the sockets is the taker's.
struct Bound {
  std::string
      address;  ///< numeric, "127.0.0.1:8080", "[::1]:8080", with the port that the system chose for 0
  std::vector<int> sockets;  ///< one for each worker, listening, non-blocking
  std::uint16_t port = 0;
};

/// Binds "HOST:PORT" ("127.0.0.1:8080", "[::1]:8080", "localhost:8080", "*:8080" for every address of
/// IPv4 and IPv6; "[::]:8080" is IPv6 alone), one socket a worker (SO_REUSEPORT). Throws std::runtime_error
/// with a text that says what is wrong: the form, a port in use, a port that needs privileges, an address
/// that this machine does not have.
Bound bind_listener(const std::string& address, unsigned workers);

/// As many descriptors of a listening TCP socket that somebody else has bound, which is owned from now on:
/// one for each worker, and whose loop is the quickest gets the connection. `what` names it in the
/// std::runtime_error that says why it cannot be used.
Bound share_listener(int socket, unsigned workers, const std::string& what);

/// Accepts connections on one loop, which owns it.
class Listener final : private TimerWheel::Timer {
 public:
  Listener(Loop& loop, int socket, const Sniffer& sniffer, const TlsPort* tls, bool proxied = false);
  ~Listener() override;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

 private:
  static void on_event(evutil_socket_t socket, short what, void* self);
  void accept_some();
  void on_timer() override;

  Loop& loop_;
  Door door_;
  const int first_reserved_;  // connections do not take the descriptors from here on
  int spare_;                 // given up to refuse a connection when descriptors have run out
  event readable_;
};

}  // namespace encke::net
