// How one loop lets its clients go, before it stops: DrainOptions.
#pragma once

#include "server/core/sessions.hpp"

#include <encke/drain_options.hpp>

#include <functional>
#include <string_view>
#include <vector>

namespace encke {

/// What clients are told that have to go.
inline constexpr std::string_view kGoingAwayText = "the server is going away";

//   notice ──▶ telling ──▶ parting ──▶ done
//      └───────────┴─────────┴── deadline ──▲
//
// While sessions part, everything but new sessions is still answered: a page between two requests has to
// come once more to hear of it.
class Departure final : private TimerWheel::Timer {
 public:
  using All = std::vector<Sessions*>;
  /// `loop` outlives this; `all` is asked for the sessions of the loop. Calls `done` once, on the loop, when
  /// no session is left that could be told, or the deadline is there. The last `carrying()` of `all`, whose
  /// sessions carry others, are told once those have gone, or after some seconds.
  Departure(const LoopContext& loop, const DrainOptions& options, std::function<All()> all,
            std::function<void()> done, std::function<std::size_t()> carrying = {});

 private:
  void on_timer() override;
  /// Tells those whose turn it is by now; whether all have been told.
  bool tell();
  /// Whether nobody is left, or nobody who still comes.
  bool parted(const All& all) const;
  void next();

  const LoopContext loop_;
  const DrainOptions options_;
  const std::function<All()> all_;
  const std::function<void()> done_;
  const std::function<std::size_t()> carrying_;
  const Millis begin_;
  Millis told_until_{0};  // what was due before has been told
  std::size_t most_ = 0;  // sessions at a time
  double due_ = 0;        // parts of sessions that are to be told
  Millis first_told_{0};  // when all but those that carry others; zero: not yet
  Millis all_told_{0};    // when; zero: not yet
};

}  // namespace encke
