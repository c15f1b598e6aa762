// How faults are drawn: a plan is a function of the profile, the seed and the connection's number.
#include "tests/support/fault_plan.hpp"

#include <algorithm>
#include <array>

namespace encke::test {
namespace {

using std::chrono::milliseconds;
using Kind = FaultPlan::Kind;

// cut, half_open, stall, repeat, replace, refuse, swallow, buffer; delayed, split; offset_bits, longest,
// faults
constexpr std::array<FaultProfile, 7> kProfiles{{
    {"none", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, milliseconds{0}, 0},
    {"cuts", 70, 0, 0, 0, 0, 0, 0, 0, 10, 30, 14, milliseconds{20}, 24},
    {"vanishing", 10, 50, 20, 0, 0, 0, 0, 0, 10, 10, 14, milliseconds{60}, 8},
    {"proxies", 10, 0, 5, 20, 10, 10, 10, 15, 20, 10, 13, milliseconds{40}, 24},
    {"slow", 5, 0, 30, 0, 0, 0, 0, 0, 50, 50, 13, milliseconds{80}, 24},
    {"mixed", 25, 8, 8, 8, 5, 5, 5, 6, 15, 15, 13, milliseconds{40}, 12},
    {"long", 25, 8, 8, 8, 5, 5, 5, 6, 10, 5, 18, milliseconds{40}, 40},
}};

Kind kind_of(const FaultProfile& profile, std::uint64_t point) {
  const std::array<std::pair<unsigned, Kind>, 8> shares{{{profile.cut, Kind::cut},
                                                         {profile.half_open, Kind::half_open},
                                                         {profile.stall, Kind::stall},
                                                         {profile.repeat, Kind::repeat},
                                                         {profile.replace, Kind::replace},
                                                         {profile.refuse, Kind::refuse},
                                                         {profile.swallow, Kind::swallow},
                                                         {profile.buffer, Kind::buffer}}};
  for (const auto& [share, kind] : shares) {
    if (point < share) return kind;
    point -= share;
  }
  return Kind::none;
}

}  // namespace

std::span<const FaultProfile> fault_profiles() { return kProfiles; }

const FaultProfile* find_fault_profile(std::string_view name) {
  const auto* const found =
      std::find_if(kProfiles.begin(), kProfiles.end(),
                   [name](const FaultProfile& profile) { return profile.name == name; });
  return found == kProfiles.end() ? nullptr : found;
}

FaultPlan draw_fault(const FaultProfile& profile, Dice dice) {
  FaultPlan plan;
  const auto some_time = [&] { return milliseconds{dice.below(profile.longest.count() + 1)}; };
  plan.kind = kind_of(profile, dice.below(100));
  plan.way = dice.chance(50) ? FaultPlan::Way::up : FaultPlan::Way::down;
  plan.at = dice.of_any_size(profile.offset_bits);
  if (dice.chance(30)) plan.after = some_time();
  plan.length = some_time();
  plan.reset = dice.chance(50);
  plan.quiet = dice.chance(30);
  if (dice.chance(profile.delayed)) plan.delay = some_time() / 4;
  if (dice.chance(profile.split)) {
    plan.piece = 1 + dice.of_any_size(6);
    plan.pieces = static_cast<unsigned>(dice.between(1, 100));
  }
  return plan;
}

FaultPlanner fault_planner(const FaultProfile& profile, std::uint64_t seed) {
  return [&profile, seed, left = profile.faults](unsigned connection) mutable {
    FaultPlan plan = draw_fault(profile, Dice(seed, connection));
    if (plan.kind == Kind::none) return plan;
    if (left == 0) return FaultPlan{};
    --left;
    return plan;
  };
}

}  // namespace encke::test
