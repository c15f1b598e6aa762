// Origins of pages, as browsers write them (RFC 6454 6.2), and the list of those that may use a service.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace encke {

/// Whether `text` may stand in a service's `origins`: an origin as browsers write it, "null", or such an
/// origin with "*." before a domain, "https://*.example.com:8443". Any other form would never equal one.
bool is_origin_entry(std::string_view text);

/// What is_origin_entry() asks for, for the texts of errors.
inline constexpr std::string_view kOriginEntryForm =
    "an origin as browsers send it, in lower case, without a path and without the scheme's own port: "
    "\"https://chat.example\", \"https://*.chat.example\" for all names below one, or \"null\"";

/// Whether `entry`, which is_origin_entry() took, stands for `origin`: it is the same, byte by byte, or a
/// wildcard above the name in it: "https://*.example.com" stands for every name below example.com, at that
/// port, and not for example.com itself. An origin that no browser writes (upper case, a dot at the end, a
/// path, a user) is nobody's.
bool origin_matches(std::string_view entry, std::string_view origin);

/// Whether one of `entries` stands for `origin`. An empty list lists nobody.
bool origin_matches_any(const std::vector<std::string>& entries, std::string_view origin);

}  // namespace encke
