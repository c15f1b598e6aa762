// What a fault proxy does to one connection, and how that is drawn.
#pragma once

#include "tests/support/dice.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace encke::test {

/// At most one fault, and how bytes are passed on besides. The plan of nothing is FaultPlan{}.
struct FaultPlan {
  enum class Kind : std::uint8_t {
    none,
    cut,  ///< both ends are closed; with `quiet` only the client's: the server's stays, silent, for a while
    half_open,  ///< what is sent vanishes, and nobody is told; the other way too unless `quiet`
    stall,      ///< nothing is passed on for `length`
    repeat,     ///< what went up until then goes up again on a connection of its own, whose answer is dropped
    replace,    ///< the server's first answer is dropped with its connection; the client gets that to a
                ///< repetition
    refuse,     ///< 502 in place of the server
    swallow,    ///< 502 in place of the server's answer
    buffer,     ///< each response is passed on when all of it is there
  };
  enum class Way : std::uint8_t { up, down };

  Kind kind = Kind::none;
  Way way = Way::up;                   ///< the way whose bytes are counted
  std::uint64_t at = 0;                ///< cut, half_open, stall, repeat: once that many bytes went that way,
  std::chrono::milliseconds after{0};  ///< and this time is over
  std::chrono::milliseconds length{0};
  bool reset = false;  ///< connections end with RST, else with FIN
  bool quiet = false;

  std::chrono::milliseconds delay{0};  ///< bytes wait so long, and go with what came meanwhile
  std::size_t piece = 0;               ///< bytes go in pieces of so many, with an end of turn between
  unsigned pieces = 0;                 ///< the first so many of each way
};

/// A mixture of faults: how many of a hundred connections have each, and how hard they are.
struct FaultProfile {
  std::string_view name;
  unsigned cut, half_open, stall, repeat, replace, refuse, swallow, buffer;  ///< percent; the rest has none
  unsigned delayed, split;                                                   ///< percent, besides
  unsigned offset_bits;               ///< faults come before 2^this many bytes
  std::chrono::milliseconds longest;  ///< stalls, delays before a fault
  unsigned faults;                    ///< a proxy has no more than so many; all later connections are whole
};

/// Every profile, by name. "none" passes all on; the others make progress possible: `faults` bounds them.
std::span<const FaultProfile> fault_profiles();
/// Null where there is none of that name.
const FaultProfile* find_fault_profile(std::string_view name);

/// The plan of one connection.
FaultPlan draw_fault(const FaultProfile& profile, Dice dice);

/// What a proxy asks for each connection, which it numbers from 0.
using FaultPlanner = std::function<FaultPlan(unsigned connection)>;
/// Draws for each connection by its number alone, until the profile's count of faults is used up.
FaultPlanner fault_planner(const FaultProfile& profile, std::uint64_t seed);

}  // namespace encke::test
