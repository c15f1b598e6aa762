// Multipart: one response whose parts take each other's place, multipart/x-mixed-replace.
#pragma once

#include "server/core/transport.hpp"

#include <memory>

namespace encke {

std::unique_ptr<Transport> make_multipart();

}  // namespace encke
