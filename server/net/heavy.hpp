// The streams of one loop whose bytes cost it much: floods of small frames, bombs, thousands of requests at
// once.
//
// Such a stream rests. It is read in a turn of its own, one of them at a time, once the others have had four
// times what the last one cost, or have nothing to do; and no more is read of it at once than costs a slice.
// So however many they are and however much they send, the others keep four fifths of the loop while they
// need it, and when nobody does, all of it goes to those that rest. Only work that could not be cut, such as
// a message that inflates a thousandfold, is followed by a pause in which others may come.
#pragma once

#include "server/core/turn.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace encke::net {

class Stream;

/// In the order in which they are read. Reads no clock.
class Heavy {
 public:
  using Time = std::chrono::nanoseconds;

  static constexpr Time kSlice{100'000};       // what one read should cost at most
  static constexpr Time kWorth{25'000};        // from here on, there being more to read, a stream rests
  static constexpr int kOthers = 4;            // times as much for the others
  static constexpr Time kForgiven{2'000'000};  // what others are owed no more once they have nothing to do
  // One that rests is read kOthers times as long after the last one as that took, and at least so long after
  // it, whatever those that came since have added to what is owed: they would starve it. The first one waits
  // for as long as is owed, and so long at most.
  static constexpr Time kSoonest{1'000'000}, kLongest{200'000'000};
  // How much is read at once, as powers of two: of a stream that sends little, and at least and at most; and
  // of any while the others are owed much.
  static constexpr std::uint8_t kUsualPortion = 13, kLeastPortion = 9, kMostPortion = 16, kSmallPortion = 11;

  /// Whether a read of so many bytes is one message or request that is short, or less. What a service makes
  /// of one, which it may send on to thousands, is not held against its sender.
  static bool is_light(std::size_t bytes, const Turn::Asked& before, const Turn::Asked& after) {
    return bytes <= kShort && after.pieces - before.pieces <= kOneMessage &&
           after.bytes - before.bytes <= kShort;
  }
  /// For how many reads to come a stream is marked after one that cost so much: for long enough that what
  /// costs nothing until it is complete, as bombs do, is complete in a turn of its own. A marked one always
  /// rests.
  static std::uint8_t mark(std::uint8_t before, Time cost) {
    if (cost <= kSlice * 3 / 2) return before > 0 ? before - 1 : 0;
    return std::max(before, static_cast<std::uint8_t>(std::min<Time::rep>(cost / kSlice, 255)));
  }
  /// The same after a light read.
  static constexpr std::uint8_t fade(std::uint8_t mark) { return mark / 2; }
  /// How much to read of a stream at once when so much cost so much; `filled`: it was all of the portion.
  static std::uint8_t portion(std::uint8_t before, Time cost, bool filled);
  /// The same after a light read: who sends little is soon as others are.
  static constexpr std::uint8_t towards_usual(std::uint8_t portion) {
    return portion < kUsualPortion ? portion + 1 : portion > kUsualPortion ? portion - 1 : portion;
  }
  /// Of a stream with this portion, in the turn of the others.
  std::size_t most(std::uint8_t portion) const {
    return std::size_t{1} << (owed_ > kForgiven ? std::min(portion, kSmallPortion) : portion);
  }
  /// Whether a stream rests of which a read cost so much; `more`: it was all that was asked for.
  bool is(Time cost, bool more) const {
    return cost > (more ? kWorth : kSlice) || (more && owed_ > kForgiven);
  }
  /// Whether a stream has to rest before it is read at all: the others are owed much, and it has sent much.
  bool is(std::uint8_t portion) const { return portion != kUsualPortion && owed_ > kForgiven; }

  /// A stream rests, which may be marked. `now`: counted from whatever the caller likes, as everywhere here.
  void add(Stream& stream, bool marked, Time now);
  /// Before all others.
  void hasten(Stream& stream);
  void remove(const Stream& stream);
  bool empty() const { return marked_.empty() && unmarked_.empty(); }
  /// Nobody rests, and nothing is owed: nothing need be told.
  bool unconcerned() const { return empty() && owed_ <= Time{0}; }

  /// The others were served for so long.
  void others_took(Time time) { owed_ -= time; }
  /// Nobody was served for so long, as nobody asked.
  void slept(Time time) { owed_ -= time * kOthers; }
  /// One that rests was served for so long, until now.
  void took(Time time, Time now);
  /// The same in the turn of the others, whose time that was none of.
  void took_from_others(Time time) { owe(time * (kOthers + 1)); }
  /// The next that may be read now, and rests no more; null if none may. `idle`: the others have nothing to
  /// do.
  Stream* take(bool idle, Time now);
  /// How long to wait for others before the next may be read: 0 where that is as soon as they are done.
  /// Nothing where none rests.
  std::optional<Time> wait(Time now) const;

 private:
  static constexpr std::size_t kShort = 1536;      // bytes
  static constexpr std::uint64_t kOneMessage = 2;  // a frame or request, and the message in it

  // What was owed less than nothing is no credit: nobody wanted it meanwhile.
  void owe(Time time) { owed_ = std::max(owed_, Time{0}) + time; }

  // Read by turns, so that those that are not marked wait for one of the others at most.
  std::deque<Stream*> marked_, unmarked_;
  bool unmarked_next_ = true;
  Time owed_{0};  // to the others
  Time due_{0};   // when one is read whatever is owed
};

}  // namespace encke::net
