// The streams of one loop whose bytes cost it much.
#include "server/net/heavy.hpp"

#include <algorithm>

namespace encke::net {

std::uint8_t Heavy::portion(std::uint8_t before, Time cost, bool more) {
  std::uint8_t portion = before;
  while (cost > kSlice * 3 / 2 && portion > kLeastPortion) {
    --portion;
    cost /= 2;
  }
  // A read that came short tells nothing of what a longer one would cost.
  if (portion != before || cost >= kSlice / 4) return portion;
  if (more) return std::min<std::uint8_t>(portion + 1, kMostPortion);
  return portion > kUsualPortion ? portion - 1 : portion;
}

void Heavy::remove(const Stream& stream) {
  const auto found = std::find(resting_.begin(), resting_.end(), &stream);
  if (found != resting_.end()) resting_.erase(found);
}

void Heavy::took(Time time, bool in_turn_of_others) {
  // What was owed less than nothing is no credit: nobody wanted it meanwhile.
  owed_ = std::min(std::max(owed_, Time{0}) + time * (in_turn_of_others ? kOthers + 1 : kOthers), kMostOwed);
}

Stream* Heavy::take(bool idle, Time now) {
  if (resting_.empty()) return nullptr;
  if (owed_ > (idle ? kForgiven : Time{0}) && now - taken_ < kLongest) return nullptr;
  owed_ = Time{0};
  taken_ = now;
  Stream* const next = resting_.front();
  resting_.pop_front();
  return next;
}

}  // namespace encke::net
