// The callback parameter of transports that answer with script.
#pragma once

#include "server/core/result.hpp"
#include "server/http/request.hpp"

#include <cstddef>
#include <string>

namespace encke::sockjs {

/// The decoded parameter `c`, or `callback`: letters, digits, '-', '_' and '.', at most `longest` of them. It
/// becomes part of a script, so anything else is refused, with 500 as SockJS has it.
Result<std::string> callback_of(const http::Request& request, std::size_t longest);

}  // namespace encke::sockjs
