// Carriers over raw sockets (PROTOCOL 6.13), from the page's end.
#pragma once

#include "tests/soak/carrier.hpp"

#include <memory>

namespace encke::soak {

/// A raw socket, with a connection of its own.
std::unique_ptr<PageCarrier> make_raw_carrier(const Dialect& dialect, const test::PageSession::Start& start,
                                              const Target& target, PageCarrier::Owner& owner);

}  // namespace encke::soak
