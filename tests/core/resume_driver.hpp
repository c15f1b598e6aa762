// What happens to a ResumeModel, event by event, as draws say: from a source of chance, or from a fuzzer's
// bytes.
#pragma once

#include "tests/core/resume_model.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace encke::test {

/// One session's life. Half of all runs lose connections, half have carriers that are slow.
class ResumeDriver {
 public:
  /// A number below `end`, which is more than 0.
  using Draw = std::function<std::size_t(std::size_t end)>;

  /// With `trace` each event goes to standard error.
  ResumeDriver(TimerWheel& timers, Draw draw, bool trace = false);

  /// One event, and now and then the end of the turn.
  void step();
  /// From here on nothing is lost any more: all must arrive.
  void settle();
  /// False: the session is over, or something does not hold.
  bool goes_on() const { return model_.broken().empty() && !model_.over(); }
  const ResumeModel& model() const { return model_; }

 private:
  std::size_t below(std::size_t end) { return end == 0 ? 0 : draw_(end); }
  bool one_in(std::size_t count) { return below(count) == 0; }
  std::size_t size();
  std::uint64_t wild();
  ServiceOptions options();
  ResumeModel::Take appetite(std::size_t offered);

  void event();
  void posts();
  void frames();
  void join();
  void arrive();
  void acknowledge();
  void time();
  void rarely();

  Draw draw_;
  bool lossy_ = false;
  bool slow_ = false;
  ResumeModel model_;
};

}  // namespace encke::test
