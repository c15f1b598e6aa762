// A raw socket, which is what the Flash Player gives a page: it carries both ways, in frames of its own.
#pragma once

#include "server/core/transport.hpp"

#include <memory>

namespace encke {

std::unique_ptr<Transport> make_flash();

}  // namespace encke
