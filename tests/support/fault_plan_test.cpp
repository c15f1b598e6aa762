// Faults are drawn: from a seed, bounded, of every kind.
#include "tests/support/fault_plan.hpp"

#include <doctest/doctest.h>

#include <set>
#include <tuple>
#include <vector>

namespace encke::test {
namespace {

using Kind = FaultPlan::Kind;

auto parts(const FaultPlan& plan) {
  return std::make_tuple(plan.kind, plan.way, plan.at, plan.after, plan.length, plan.reset, plan.quiet,
                         plan.delay, plan.piece, plan.pieces);
}

TEST_CASE("a plan depends on the profile, the seed and the connection's number alone") {
  const FaultProfile& mixed = *find_fault_profile("mixed");
  FaultPlanner one = fault_planner(mixed, 7);
  FaultPlanner same = fault_planner(mixed, 7);
  FaultPlanner other = fault_planner(mixed, 8);
  int different = 0;
  for (unsigned i = 0; i < 30; ++i) {
    const FaultPlan plan = one(i);
    CHECK(parts(plan) == parts(same(i)));
    different += parts(plan) == parts(other(i)) ? 0 : 1;
  }
  CHECK(different > 20);
}

TEST_CASE("a proxy has no more faults than its profile says, and none from then on") {
  for (const FaultProfile& profile : fault_profiles()) {
    CAPTURE(profile.name);
    FaultPlanner planner = fault_planner(profile, 1);
    unsigned faults = 0;
    for (unsigned i = 0; i < 1000; ++i) faults += planner(i).kind == Kind::none ? 0 : 1;
    CHECK(faults == profile.faults);
    CHECK(planner(1000).kind == Kind::none);
  }
}

TEST_CASE("the mixture has every kind of fault, both ways, before the first byte and far behind it") {
  std::set<Kind> kinds;
  std::set<FaultPlan::Way> ways;
  bool first = false;
  bool far = false;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const FaultPlan plan = draw_fault(*find_fault_profile("mixed"), Dice(seed, 0));
    kinds.insert(plan.kind);
    ways.insert(plan.way);
    first = first || plan.at == 0;
    far = far || plan.at > 4000;
    CHECK(plan.at < 8192);
  }
  CHECK(kinds.size() == 9);
  CHECK(ways.size() == 2);
  CHECK(first);
  CHECK(far);
}

TEST_CASE("profiles are found by name, and no other") {
  REQUIRE(find_fault_profile("none") != nullptr);
  CHECK(find_fault_profile("none")->faults == 0);
  CHECK(find_fault_profile("nothing") == nullptr);
}

}  // namespace
}  // namespace encke::test
