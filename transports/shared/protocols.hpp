// Sub-protocols: which one a client and a service agree on (RFC 6455 4.2.2, PROTOCOL 6.2).
#pragma once

#include "server/http/field_text.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

namespace encke {

/// The first of the client's sub-protocols, a list with commas, that is one of `ours` too: a view of the one
/// in `ours`, empty if there is none. Takes a time of |offered| * |ours|.
inline std::string_view choose_protocol(std::string_view offered, std::span<const std::string> ours) {
  while (!offered.empty()) {
    const std::string_view name = http::next_element(offered);
    const auto found = std::find(ours.begin(), ours.end(), name);
    if (!name.empty() && found != ours.end()) return *found;
  }
  return {};
}

}  // namespace encke
