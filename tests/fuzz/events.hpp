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

/// All that a machine has told.
struct Fed {
  std::vector<Seen> seen;
  sockets::Begun begun;  ///< what is left of a machine that goes on
  bool operator==(const Fed& other) const {
    return seen == other.seen && begun.part == other.begun.part && begun.bytes == other.begun.bytes;
  }
};

inline bool is_last(const Seen& event) {
  return event.type == sockets::Event::Type::close || event.type == sockets::Event::Type::error;
}

/// Feeds pieces of the sizes that `cuts` gives, over and over; 0 stands for all that is left.
template <typename Machine>
Fed fed(Machine machine, std::string_view bytes, std::span<const std::size_t> cuts) {
  using sockets::Event;
  Fed all;
  std::vector<Seen>& seen = all.seen;
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
  if (seen.empty() || !is_last(seen.back())) all.begun = machine.begun();
  return all;
}

/// What a machine that `make` makes finds, which must not depend on the cuts; `cut_seed` chooses some.
template <typename Make>
std::vector<Seen> fed_alike(Make make, std::string_view bytes, std::uint8_t cut_seed) {
  constexpr std::array<std::size_t, 1> kWhole = {0};
  constexpr std::array<std::size_t, 1> kSingle = {1};
  const std::array<std::size_t, 3> uneven = {1U + (cut_seed & 7U), 1U + (cut_seed >> 3 & 7U),
                                             1U + (cut_seed >> 6) * 20U};
  const Fed all = fed(make(), bytes, kWhole);
  const std::vector<Seen>& whole = all.seen;
  require(fed(make(), bytes, kSingle) == all, "byte by byte gives the same events, and leaves the same");
  require(fed(make(), bytes, uneven) == all, "uneven pieces give the same events, and leave the same");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    require(!is_last(whole[i]) || i + 1 == whole.size(), "nothing follows close and error");
    require(whole[i].type != sockets::Event::Type::error ||
                (!whole[i].reason.empty() && whole[i].reason.size() <= 123),
            "an error's text fits a close frame");
  }
  return all.seen;
}

}  // namespace encke::test
