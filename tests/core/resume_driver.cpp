// What happens to a ResumeModel.
#include "tests/core/resume_driver.hpp"

#include <algorithm>
#include <utility>

namespace encke::test {

ResumeDriver::ResumeDriver(TimerWheel& timers, Draw draw, bool trace)
    : draw_(std::move(draw)),
      model_(
          timers, options(), [this](std::size_t offered) { return appetite(offered); }, trace) {}

void ResumeDriver::step() {
  event();
  if (one_in(3)) model_.turn_ends();
}

void ResumeDriver::settle() {
  if (model_.broken().empty()) model_.settles();
}

ServiceOptions ResumeDriver::options() {
  ServiceOptions options;
  options.outbox_bytes = 2'000;
  constexpr SlowReader kPolicies[] = {SlowReader::close, SlowReader::block, SlowReader::drop_oldest};
  options.slow_reader = kPolicies[below(3)];
  lossy_ = one_in(2);
  slow_ = one_in(2);
  return options;
}

ResumeModel::Take ResumeDriver::appetite(std::size_t offered) {
  ResumeModel::Take take;
  if (slow_ && one_in(3)) take = {below(offered + 1), Taken::Then::wait};
  if (one_in(6)) take.then = Taken::Then::finished;
  return take;
}

std::size_t ResumeDriver::size() {
  if (one_in(60)) return 1'000 + below(1'500);
  if (one_in(10)) return 200 + below(400);
  return below(60);
}

void ResumeDriver::event() {
  switch (below(20)) {
    case 0:
    case 1:
    case 2:
      model_.service_sends(size());
      break;
    case 3:
    case 4:
      model_.page_says(size());
      break;
    case 5:
    case 6:
      posts();
      break;
    case 7:
    case 8:
    case 9:
      arrive();
      break;
    case 10:
    case 11:
    case 12:
      frames();
      break;
    case 13:
      join();
      break;
    case 14:
      if (lossy_ && model_.links() > 0) model_.link_breaks(model_.links() - 1, one_in(2));
      break;
    case 15:
      acknowledge();
      break;
    case 16:
      model_.carrier_is_ready();
      break;
    case 17:
      one_in(2) ? model_.service_resumes()
                : (one_in(4) ? model_.service_pauses() : model_.carrier_is_alive());
      break;
    case 18:
      time();
      break;
    default:
      rarely();
  }
}

// Draws stand in statements of their own: a fuzzer's bytes mean the same with every compiler.

void ResumeDriver::posts() {
  const int from = one_in(3) ? static_cast<int>(below(9)) - 4 : 0;
  model_.page_posts(from, 1 + below(6));
}

void ResumeDriver::frames() {
  const std::size_t index = one_in(4) ? below(model_.links()) : model_.links() - 1;
  model_.frames_arrive(index, 1 + below(5));
}

void ResumeDriver::join() {
  if (one_in(5)) {  // late, repeated, or of a page that is mistaken
    const int higher = static_cast<int>(below(6)) - 4;
    model_.page_joins(
        higher,
        one_in(4) ? wild() : model_.arrived() + below(7) - std::min<std::uint64_t>(model_.arrived(), 3));
    return;
  }
  const int higher = one_in(8) ? 1 + static_cast<int>(below(1'000)) : 1;
  const bool tell = !one_in(4);
  model_.page_joins(higher, model_.arrived(), tell, one_in(3));
}

void ResumeDriver::arrive() {
  constexpr ResumeModel::Answer kAnswers[] = {ResumeModel::Answer::arrives, ResumeModel::Answer::arrives,
                                              ResumeModel::Answer::is_none, ResumeModel::Answer::is_lost};
  const std::size_t index = one_in(2) ? 0 : below(model_.posts());
  const bool again = one_in(4);
  model_.post_arrives(index, again, kAnswers[below(4)]);
}

void ResumeDriver::acknowledge() {
  switch (below(6)) {
    case 0:
      model_.page_acknowledges(below(model_.arrived() + 1));
      break;
    case 1:
      model_.page_acknowledges(model_.sent_down() + below(3));
      break;
    case 2:
      model_.page_acknowledges(wild());
      break;
    default:
      model_.page_acknowledges(model_.arrived());
  }
}

/// A number that a page or a proxy may state, whatever the session's are.
std::uint64_t ResumeDriver::wild() {
  constexpr std::uint64_t kMost = (std::uint64_t{1} << 53) - 1;
  switch (below(4)) {
    case 0:
      return below(8);
    case 1:
      return std::uint64_t{1} << below(53);
    case 2:
      return model_.sent_down() + below(8);
    default:
      return kMost - below(3);
  }
}

void ResumeDriver::time() {
  if (one_in(40)) {
    model_.time_passes(Millis{61'000});
  } else {
    model_.time_passes(Millis{below(6'000)});
  }
}

void ResumeDriver::rarely() {
  switch (below(40)) {
    case 0:
      model_.service_closes();
      break;
    case 1:
      model_.page_closes();
      break;
    case 2:
      model_.carrier_is_closed();
      break;
    case 3:
    case 4:
      model_.carrier_ends();
      break;
    case 5:
      model_.post_is_forged(wild(), below(3));
      break;
    default:
      if (model_.posts() > 0) model_.post_is_lost(below(model_.posts()));
  }
}

}  // namespace encke::test
