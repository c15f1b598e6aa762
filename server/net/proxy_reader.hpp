// Reads the PROXY header of a connection before anything else looks at it, TLS included.
#pragma once

#include "server/net/loop.hpp"
#include "server/net/proxy_header.hpp"

#include <event2/event.h>
#include <event2/event_struct.h>

#include <functional>
#include <optional>
#include <string_view>

namespace encke::net {

/// Has the socket until the header is there, and is done with then; its owner buries it.
class ProxyReader final : public TimerWheel::Timer {
 public:
  /// How it ended.
  struct Outcome {
    int socket;                     ///< the callee's from then on
    std::optional<Address> source;  ///< whom the proxy speaks for
    std::string_view fault;         ///< empty where the header was good
    bool late = false;              ///< it did not come in time
  };
  using Done = std::function<void(const Outcome&)>;

  /// `done` is called once, and not from here. The socket is non-blocking.
  ProxyReader(Loop& loop, int socket, Done done);
  ~ProxyReader() override;

 private:
  static void on_event(evutil_socket_t socket, short what, void* self);
  void read();
  void end(std::string_view fault, bool late = false);
  void on_timer() override;

  Loop& loop_;
  const Done done_;
  int socket_;  // -1 once done
  ProxyHeader header_;
  event readable_;
};

}  // namespace encke::net
