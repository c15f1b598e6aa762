// What proxies say of whom they speak for: X-Forwarded-For and X-Forwarded-Proto.
#pragma once

#include "server/core/address.hpp"
#include "server/http/request.hpp"

#include <string>
#include <string_view>

namespace encke::http {

/// Whom a request came from, as far as proxies that are believed tell.
struct Client {
  /// Where the peer is one of them, the last address in X-Forwarded-For that is none of theirs, since what
  /// stands before it is the client's own word; the first where all are. The peer's where there is no such
  /// field, what would count is no address, or the peer is nobody that we trust.
  std::string address;
  /// Whether such a peer says that its client came by https: by the last word of X-Forwarded-Proto.
  bool secure = false;
};

Client client_of(const Request& request, std::string_view peer, const Networks& proxies);

}  // namespace encke::http
