// What pages are told of a server that there is no connection to.
#include "server/services/dial_reason.hpp"

#include "server/services/route.hpp"

#include <encke/tcp_options.hpp>

#include <string>

namespace encke::services {

CloseReason reason_of(net::DialFault fault) {
  switch (fault) {
    case net::DialFault::unresolved:
      return {gateway_close::kUnresolved, "the server's name has no address"};
    case net::DialFault::forbidden:
      return {gateway_close::kForbidden, std::string(kForbiddenText)};
    case net::DialFault::refused:
      return {gateway_close::kRefused, "the server refused the connection"};
    case net::DialFault::late:
      return {gateway_close::kLate, "the server did not answer in time"};
    case net::DialFault::tls:
      return {gateway_close::kTls, "the connection to the server could not be secured"};
    case net::DialFault::exhausted:
      return {gateway_close::kExhausted, "the gateway has no room for another connection"};
    case net::DialFault::none:
    case net::DialFault::unreachable:
      break;
  }
  return {gateway_close::kUnreachable, "the server cannot be reached"};
}

}  // namespace encke::services
