// Script tags: each one loads the next frame as a call; forms send up.
#pragma once

#include "server/core/transport.hpp"

#include <memory>

namespace encke {

std::unique_ptr<Transport> make_jsonp();

}  // namespace encke
