// A gateway to XMPP: RFC 7395 to pages, a TCP stream of RFC 6120 to servers.
#pragma once

#include "server/net/workers.hpp"
#include "server/services/tcp.hpp"

#include <encke/xmpp_options.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace encke::services {

/// As tcp_gateway().
TcpGateway xmpp_gateway(net::Workers& workers, const std::string& path, XmppOptions options,
                        std::function<void(std::string_view)> trouble);

}  // namespace encke::services
