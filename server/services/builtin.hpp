// The services that come with the server.
#pragma once

#include <encke/channel.hpp>

namespace encke::services {

/// Sends every message back.
Service echo();
/// Closes at once, with 3000 "Go away!".
Service close();
/// Answers a number n, 0 < n < 19, with 2 to the n times 'x'; anything else counts as 1.
Service amplify();

}  // namespace encke::services
