// What a gateway tells a server of the client that it connects for.
#pragma once

#include "server/core/address.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace encke::services {

/// The two ends of a connection, as far as they are known: the client's port is not.
struct Ends {
  std::optional<Address> client;
  std::optional<Address> server;
  std::uint16_t port = 0;  ///< the server's
};

/// The header of the PROXY protocol, version 1 or 2. Where the client is not known it says so.
std::string proxy_header(unsigned version, const Ends& ends);

/// Whether it can be a parameter of WEBIRC, where others follow: one word that does not begin with a colon.
bool is_webirc_word(std::string_view text);
inline constexpr std::string_view kWebircWordForm =
    "one word without blanks that does not begin with a colon";

/// The line of WEBIRC. `password` and `gateway` are such words.
std::string webirc_line(const std::string& password, const std::string& gateway,
                        const std::optional<Address>& client);

}  // namespace encke::services
