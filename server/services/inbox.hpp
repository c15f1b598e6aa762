// The service that gives pages capability URLs.
#pragma once

#include <encke/inbox.hpp>

#include <cstddef>

namespace encke::services {

/// The longest message that a page has to send here, in bytes; longer ones are answered with an error.
inline constexpr std::size_t kMostInboxRequest = 4'096;

/// Takes {"open": {...}} and {"close": ID}, and sends what comes to the URLs; docs/inbox.md has it all. Wants
/// SlowReader::block, so that what a page has no room for is refused.
InboxService inbox();

}  // namespace encke::services
