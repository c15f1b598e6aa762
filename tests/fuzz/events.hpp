// What the decoders of sockets make of the same bytes, however they are cut.
#pragma once

#include "tests/fuzz/require.hpp"
#include "transports/shared/socket_event.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace encke::test {

/// An event with its bytes kept.
struct Seen {
  sockets::Event::Type type;
  bool compressed;
  std::uint16_t code;
  std::string payload;
  std::string reason;
  bool operator==(const Seen&) const = default;
};

/// Feeds pieces of the sizes that `cuts` gives, over and over; 0 stands for all that is left.
template <typename Machine>
std::vector<Seen> fed(Machine machine, std::string_view bytes, std::span<const std::size_t> cuts) {
  using sockets::Event;
  std::vector<Seen> seen;
  for (std::size_t turn = 0; !bytes.empty(); ++turn) {
    const std::size_t cut = cuts[turn % cuts.size()];
    const std::string_view piece = bytes.substr(0, cut == 0 ? bytes.size() : cut);
    bytes.remove_prefix(piece.size());
    std::vector<char> copy(piece.begin(), piece.end());
    std::span<char> input(copy);
    for (;;) {
      const Event event = machine.next(input);
      if (event.type == Event::Type::need_more) break;
      seen.push_back(
          {event.type, event.compressed, event.code, std::string(event.payload), std::string(event.reason)});
    }
    require(input.empty(), "need_more leaves no input");
  }
  return seen;
}

/// What a machine that `make` makes finds, which must not depend on the cuts; `cut_seed` chooses some.
template <typename Make>
std::vector<Seen> fed_alike(Make make, std::string_view bytes, std::uint8_t cut_seed) {
  using sockets::Event;
  constexpr std::array<std::size_t, 1> kWhole = {0};
  constexpr std::array<std::size_t, 1> kSingle = {1};
  const std::array<std::size_t, 3> uneven = {1U + (cut_seed & 7U), 1U + (cut_seed >> 3 & 7U),
                                             1U + (cut_seed >> 6) * 20U};
  std::vector<Seen> whole = fed(make(), bytes, kWhole);
  require(fed(make(), bytes, kSingle) == whole, "byte by byte gives the same events");
  require(fed(make(), bytes, uneven) == whole, "uneven pieces give the same events");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const bool last = whole[i].type == Event::Type::close || whole[i].type == Event::Type::error;
    require(!last || i + 1 == whole.size(), "nothing follows close and error");
    require(
        whole[i].type != Event::Type::error || (!whole[i].reason.empty() && whole[i].reason.size() <= 123),
        "an error's text fits a close frame");
  }
  return whole;
}

}  // namespace encke::test
