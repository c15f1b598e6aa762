// JSONRequest: JSON both ways and nothing else, without cookies.
#pragma once

#include "server/core/transport.hpp"

#include <memory>

namespace encke {

std::unique_ptr<Transport> make_json_request();

}  // namespace encke
