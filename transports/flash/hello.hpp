// How a raw socket begins (PROTOCOL 6.13): the greeting, the version, and the hello that says whose it is.
#pragma once

#include "server/core/result.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace encke::flash {

/// No method of HTTP begins with a small letter.
inline constexpr std::string_view kGreeting = "encke.";
inline constexpr std::size_t kLongestHello = 2048;  // payload bytes: a path, and an origin of 300
inline constexpr std::size_t kLongestOrigin = 300;  // a scheme, a name of 253 characters and a port

/// Views of the bytes that it was read from.
struct Hello {
  std::string_view service;  ///< its path
  std::string_view key;      ///< of the session; whether there is one is not judged here
  std::string_view origin;   ///< of the page, as it says; empty where it tells none
  std::size_t size = 0;      ///< how many bytes it took, the greeting's included
};

/// Reads the hello from all that has come, which begins with the greeting; nothing while it is not all there.
/// Takes no more time than `bytes`, up to the longest hello, asks for.
Result<std::optional<Hello>> parse_hello(std::string_view bytes);

}  // namespace encke::flash
