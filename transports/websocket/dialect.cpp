// The dialects of WebSocket.
#include "transports/websocket/dialect.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace encke::websocket {

namespace {

constexpr std::array kDialects{
    DialectInfo{Dialect::rfc6455, "rfc6455", "13", true},
    DialectInfo{Dialect::hybi08, "hybi-08", "8", true},
    DialectInfo{Dialect::hybi07, "hybi-07", "7", true},
    DialectInfo{Dialect::hybi06, "hybi-06", "6", true},
    DialectInfo{Dialect::hybi05, "hybi-05", "5", true},
    DialectInfo{Dialect::hybi04, "hybi-04", "4", true},
    DialectInfo{Dialect::hybi01, "hybi-01", "", false},
    DialectInfo{Dialect::hixie76, "hixie-76", "", false},
    DialectInfo{Dialect::hixie75, "hixie-75", "", false},
};

}  // namespace

std::span<const DialectInfo> drafts() { return std::span(kDialects).subspan(1); }

Dialect dialect_of_version(std::string_view version) {
  const auto* const found = std::find_if(
      kDialects.begin(), kDialects.end(),
      [version](const DialectInfo& info) { return !info.version.empty() && info.version == version; });
  return found == kDialects.end() ? Dialect::refused : found->dialect;
}

const DialectInfo& info_of(Dialect dialect) {
  const auto* const found =
      std::find_if(kDialects.begin(), kDialects.end(),
                   [dialect](const DialectInfo& info) { return info.dialect == dialect; });
  assert(found != kDialects.end());
  return *found;
}

}  // namespace encke::websocket
