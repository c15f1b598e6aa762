// What an accepted socket passes before it is a connection of its loop: the guard, and the PROXY header.
#pragma once

#include "server/core/guard.hpp"
#include "server/net/loop.hpp"

#include <sys/socket.h>

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace encke::net {

class ProxyReader;

/// One for each listener.
class Door {
 public:
  using Adopt = std::function<void(int socket)>;
  /// `plain` says that refusals can be said in HTTP; `proxied` that each connection begins with a PROXY
  /// header. `adopt` takes in the sockets that have passed, as their owner.
  Door(Loop& loop, bool plain, bool proxied, Adopt adopt);
  ~Door();
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  /// A socket was accepted, from `peer`; the door owns it.
  void take(int socket, const sockaddr_storage& peer);
  /// A socket was accepted for which no descriptor is left: it is closed, behind a word where that is
  /// possible.
  void turn_away(int socket) const;
  /// The connection, whose PROXY header has not come, makes room for another.
  void cut_off(int socket);

 private:
  /// A connection whose PROXY header is to come, and the proxy's address.
  struct Waiting {
    Address peer;
    std::unique_ptr<ProxyReader> reader;
  };
  void read_header(int socket, const Address& peer);
  /// Says why, to peers that may be told in HTTP.
  void answer(int socket, Refusal what) const;
  void refuse(int socket, Refusal what, std::string_view who);

  Loop& loop_;
  const bool plain_;
  const bool proxied_;
  const Adopt adopt_;
  std::unordered_map<int, Waiting> waiting_;  // by socket
};

}  // namespace encke::net
