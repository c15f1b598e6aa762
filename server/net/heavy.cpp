// The streams of one loop whose bytes cost it much.
#include "server/net/heavy.hpp"

namespace encke::net {

std::uint8_t Heavy::portion(std::uint8_t before, Time cost, bool filled) {
  std::uint8_t portion = before;
  while (cost > kSlice * 3 / 2 && portion > kLeastPortion) {
    --portion;
    cost /= 2;
  }
  if (portion != before || cost >= kSlice / 4) return portion;
  return filled ? std::min<std::uint8_t>(portion + 1, kMostPortion) : towards_usual(portion);
}

void Heavy::add(Stream& stream, bool marked, Time now) {
  if (empty()) due_ = std::max(due_, now + std::clamp(owed_, kSoonest, kLongest));
  (marked ? marked_ : unmarked_).push_back(&stream);
}

void Heavy::hasten(Stream& stream) {
  remove(stream);
  unmarked_.push_front(&stream);
  unmarked_next_ = true;
}

void Heavy::remove(const Stream& stream) {
  for (std::deque<Stream*>* const line : {&marked_, &unmarked_}) {
    const auto found = std::find(line->begin(), line->end(), &stream);
    if (found == line->end()) continue;
    line->erase(found);
    return;
  }
}

void Heavy::took(Time time, Time now) {
  owe(time * kOthers);
  due_ = now + std::max(kSoonest, time * kOthers);
}

Stream* Heavy::take(bool idle, Time now) {
  if (empty()) return nullptr;
  if (owed_ > (idle ? kForgiven : Time{0}) && now < due_) return nullptr;
  owed_ = Time{0};
  std::deque<Stream*>& line = marked_.empty() || (unmarked_next_ && !unmarked_.empty()) ? unmarked_ : marked_;
  unmarked_next_ = &line == &marked_;
  Stream* const next = line.front();
  line.pop_front();
  return next;
}

std::optional<Heavy::Time> Heavy::wait(Time now) const {
  if (empty()) return std::nullopt;
  if (owed_ <= kForgiven) return Time{0};
  return std::clamp(due_ - now, Time{0}, owed_ / kOthers);
}

}  // namespace encke::net
