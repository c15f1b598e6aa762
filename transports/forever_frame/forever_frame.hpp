// The forever frame: a page in a hidden frame that never ends loading (htmlfile).
#pragma once

#include "server/core/transport.hpp"

#include <memory>

namespace encke {

std::unique_ptr<Transport> make_forever_frame();

}  // namespace encke
