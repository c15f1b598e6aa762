#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transports/websocket/event.hpp"

namespace encke::websocket::testing {

/// The bytes of a text like "81 05 48656c6c6f".
inline std::string from_hex(std::string_view text) {
  std::string out;
  int high = -1;
  for (const char c : text) {
    if (c == ' ') continue;
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high >= 0) out.push_back(static_cast<char>(high * 16 + digit));
    high = high >= 0 ? -1 : digit;
  }
  return out;
}

/// A client's frame with a shortest-form length: masked, and with a mask that shows any slip in its turning.
inline std::string client_frame(int first_byte, std::string_view payload) {
  std::string out(1, static_cast<char>(first_byte));
  const std::size_t size = payload.size();
  int width = 0;
  if (size < 126) {
    out.push_back(static_cast<char>(0x80 | size));
  } else if (size < 65536) {
    out.push_back(static_cast<char>(0x80 | 126));
    width = 2;
  } else {
    out.push_back(static_cast<char>(0x80 | 127));
    width = 8;
  }
  for (int i = width - 1; i >= 0; --i)
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(size) >> 8 * i));
  const std::string mask = "\x37\xfa\x21\x3d";
  out += mask;
  for (std::size_t i = 0; i < size; ++i) out.push_back(static_cast<char>(payload[i] ^ mask[i % 4]));
  return out;
}

/// An event as a text: "text Hello", "compressed binary ...", "close 1000 bye", "error 1002".
inline std::string shown(const Event& event) {
  const std::string squeezed = event.compressed ? "compressed " : "";
  switch (event.type) {
    case Event::Type::need_more:
      return "need_more";
    case Event::Type::text:
      return squeezed + "text " + std::string(event.payload);
    case Event::Type::binary:
      return squeezed + "binary " + std::string(event.payload);
    case Event::Type::ping:
      return "ping " + std::string(event.payload);
    case Event::Type::pong:
      return "pong " + std::string(event.payload);
    case Event::Type::close:
      return "close " + std::to_string(event.code) + " " + std::string(event.reason);
    case Event::Type::error:
      return "error " + std::to_string(event.code);
  }
  return "?";
}

using Seen = std::vector<std::string>;

/// Feeds one piece from memory of its own, so that a view kept too long is found by the sanitizers.
template <typename Machine>
void feed(Machine& machine, std::string_view piece, Seen& seen, std::string* reason = nullptr) {
  std::vector<char> copy(piece.begin(), piece.end());
  std::span<char> input(copy);
  for (;;) {
    const Event event = machine.next(input);
    if (event.type == Event::Type::need_more) break;
    seen.push_back(shown(event));
    if (event.type == Event::Type::error) {
      CHECK(event.reason.size() <= 123);
      CHECK_FALSE(event.reason.empty());
      if (reason != nullptr) *reason = event.reason;
    }
  }
  CHECK(input.empty());
}

/// Feeds `bytes` whole, byte by byte and in two pieces cut at every place; all must tell the same, which is
/// returned.
template <typename Make>
Seen fed_every_way(std::string_view bytes, Make make, std::string* reason = nullptr) {
  Seen whole;
  {
    auto machine = make();
    feed(machine, bytes, whole, reason);
  }
  Seen single;
  {
    auto machine = make();
    for (const char& byte : bytes) feed(machine, {&byte, 1}, single);
  }
  CHECK(single == whole);
  const std::size_t step = bytes.size() > 2000 ? bytes.size() / 100 : 1;
  for (std::size_t cut = 1; cut < bytes.size(); cut += step) {
    Seen halves;
    auto machine = make();
    feed(machine, bytes.substr(0, cut), halves);
    feed(machine, bytes.substr(cut), halves);
    CAPTURE(cut);
    CHECK(halves == whole);
  }
  return whole;
}

}  // namespace encke::websocket::testing
