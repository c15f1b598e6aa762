// What a configuration says of a service of type xmpp.
#pragma once

#include "server/app/config_backends.hpp"

#include <encke/xmpp_options.hpp>

#include <array>
#include <filesystem>
#include <string_view>

namespace encke::app {

/// Its keys beside kBackendKeys.
inline constexpr std::array<std::string_view, 4> kXmppKeys{"domains", "security", "tls", "max_stanza_bytes"};

/// Reads all of those of a service, and the files that they name, relative to `base`.
XmppOptions read_xmpp(ObjectReader& reader, const std::filesystem::path& base, ConfigErrors& errors);

}  // namespace encke::app
