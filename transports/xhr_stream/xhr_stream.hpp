// XHR streaming: one long response, a frame a line.
#pragma once

#include "server/core/transport.hpp"

#include <memory>

namespace encke {

std::unique_ptr<Transport> make_xhr_stream();

}  // namespace encke
