// What a gateway tells a server of the client that it connects for.
#pragma once

#include "server/core/address.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace encke::services {

/// The two ends of a connection, as far as they are known: the client's port is not.
struct Ends {
  std::optional<Address> client;
  std::optional<Address> server;
  std::uint16_t port = 0;  ///< the server's
};

/// The header of the PROXY protocol, version 1 or 2. Where the client is not known it says so.
std::string proxy_header(unsigned version, const Ends& ends);

/// The line of WEBIRC. Neither `password` nor `gateway` has blanks or line breaks in it.
std::string webirc_line(const std::string& password, const std::string& gateway,
                        const std::optional<Address>& client);

}  // namespace encke::services
