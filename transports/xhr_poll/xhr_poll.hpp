// XHR long polling: each request takes one frame.
#pragma once

#include "server/core/transport.hpp"

#include <memory>

namespace encke {

std::unique_ptr<Transport> make_xhr_poll();

}  // namespace encke
