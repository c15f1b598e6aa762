// How one loop lets its clients go, before it stops.
#include "server/app/departure.hpp"

#include "server/crypto/random.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace encke {

namespace {

constexpr Millis kLongestStep{200};
// For pages that have no request open: the pause between two plain polls, and a request's way.
constexpr Millis kPatience{5'000};

}  // namespace

Departure::Departure(const LoopContext& loop, const DrainOptions& options, std::function<All()> all,
                     std::function<void()> done, std::function<std::size_t()> carrying)
    : loop_(loop),
      options_(options),
      all_(std::move(all)),
      done_(std::move(done)),
      carrying_(std::move(carrying)),
      begin_(loop.timers.now()),
      told_until_(begin_ + options.notice - kLongestStep / 2) {
  loop_.timers.set(*this, std::min(options_.notice, options_.deadline));
}

void Departure::on_timer() {
  const Millis now = loop_.timers.now();
  if (now >= begin_ + options_.deadline) {
    done_();
    return;
  }
  if (all_told_ == Millis{0} && tell()) all_told_ = now;
  if (all_told_ != Millis{0} && parted(all_())) {
    done_();
    return;
  }
  next();
}

bool Departure::tell() {
  const Millis now = loop_.timers.now();
  std::size_t there = 0;
  for (Sessions* const sessions : all_()) there += sessions->size();
  most_ = std::max(most_, there);
  const double half = std::max<double>(1, static_cast<double>(options_.deadline.count()) / 2'000);
  const double share =
      static_cast<double>(std::max<std::size_t>(options_.sessions_per_second, 1)) / loop_.workers;
  const double rate = std::max(share, static_cast<double>(most_) / half);
  const Millis since = now - std::exchange(told_until_, now);
  due_ += rate * static_cast<double>(since.count()) / 1'000;
  auto may = static_cast<std::size_t>(std::ceil(due_));
  due_ -= static_cast<double>(may);
  const All sessions = all_();
  const auto dismiss = [&may](const All& those) {
    bool told = true;
    for (Sessions* const each : those) {
      may -= each->dismiss(may, close_code::kGoingAway, kGoingAwayText);
      told = told && each->dismissed();
    }
    return told;
  };
  const std::size_t carrying = carrying_ ? carrying_() : 0;
  if (carrying == 0) return dismiss(sessions);
  const auto border = sessions.end() - static_cast<std::ptrdiff_t>(carrying);
  const All first(sessions.begin(), border);
  if (!dismiss(first)) return false;
  if (first_told_ == Millis{0}) {
    first_told_ = now;
    return false;
  }
  if (!parted(first) && now - first_told_ < std::min(kPatience, options_.deadline / 4)) return false;
  return dismiss(All(border, sessions.end()));
}

bool Departure::parted(const All& all) const {
  std::size_t left = 0;
  std::size_t absent = 0;
  for (Sessions* const sessions : all) {
    left += sessions->size();
    absent += sessions->waiting();
  }
  return left == 0 || (left == absent && loop_.timers.now() - all_told_ >= kPatience);
}

void Departure::next() {
  const Millis left = begin_ + options_.deadline - loop_.timers.now();
  const auto step = Millis{crypto::random_u32() % static_cast<std::uint32_t>(kLongestStep.count())};
  loop_.timers.set(*this, std::clamp(step, Millis{0}, std::max(left, Millis{0})));
}

}  // namespace encke
