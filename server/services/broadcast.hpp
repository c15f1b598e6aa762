// Broadcast: every message goes to every channel of the service, the sender's included.
#pragma once

#include "server/net/workers.hpp"

#include <encke/channel.hpp>
#include <encke/service_options.hpp>

namespace encke::services {

/// Channels of one loop share each message; to other loops a copy of its bytes goes by mailbox. A channel
/// that publishes while 16 MiB are on their way to another loop is closed with 1008. `workers` outlives the
/// service. With SlowReader::block nobody may publish while one channel, on whatever loop, has no room; what
/// was published before that is kept for it.
Service broadcast(net::Workers& workers, SlowReader slow_reader = SlowReader::close);

}  // namespace encke::services
