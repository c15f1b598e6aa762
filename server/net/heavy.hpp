// The streams of one loop whose bytes cost it much: floods of small frames, bombs, thousands of requests at
// once.
//
// Such a stream rests. It is read in a turn of its own, one of them at a time, once the others have had four
// times what the last one cost, or have nothing to do; and no more is read of it at once than costs a slice.
// So however many they are and however much they send, the others keep four fifths of the loop while they
// need it, and when nobody does, all of it goes to those that rest. Only work that could not be cut, such as
// a message that inflates a thousandfold, is followed by a pause in which others may come.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>

namespace encke::net {

class Stream;

/// In the order in which they are read. Reads no clock.
class Heavy {
 public:
  using Time = std::chrono::nanoseconds;

  static constexpr std::size_t kLight = 256;  // bytes; what is read in pieces up to here is not measured
  // Nor is what comes by itself of a stream that sends little: a request, or a message that a service may
  // send on to thousands.
  static constexpr std::size_t kAlone = 1536;
  static constexpr Time kSlice{100'000};       // what one read should cost at most
  static constexpr Time kWorth{25'000};        // from here on, there being more to read, a stream rests
  static constexpr int kOthers = 4;            // times as much for the others
  static constexpr Time kForgiven{2'000'000};  // what others are owed no more once they have nothing to do
  static constexpr Time kMostOwed{200'000'000};
  static constexpr Time kLongest{200'000'000};  // until one of those that rest is read, whatever is owed
  // A turn that takes so long makes the loop watchful for so long: it measures what looks cheap too, as small
  // pieces of what costs much do.
  static constexpr Time kLongTurn{10'000'000}, kWatchful{1'000'000'000};
  // How much is read at once, as powers of two: of a stream that sends little, and at least and at most.
  static constexpr std::uint8_t kUsualPortion = 13, kLeastPortion = 9, kMostPortion = 16;

  /// How much to read of a stream at once when so much cost so much; `more`: it was all that was asked for.
  static std::uint8_t portion(std::uint8_t before, Time cost, bool more);
  /// The same after a read that was too small to measure: who sends little is soon as others are.
  static constexpr std::uint8_t towards_usual(std::uint8_t portion) {
    return portion < kUsualPortion ? portion + 1 : portion > kUsualPortion ? portion - 1 : portion;
  }
  /// Whether a stream rests of which a read cost so much.
  bool is(Time cost, bool more) const {
    return cost > (more ? kWorth : kSlice) || (more && owed_ > kForgiven);
  }
  /// Whether a stream has to rest before it is read at all: the others are owed much, and it has sent much.
  bool is(std::uint8_t portion) const { return portion != kUsualPortion && owed_ > kForgiven; }

  /// `now`: counted from whatever the caller likes, as everywhere here.
  void add(Stream& stream, Time now) {
    if (resting_.empty()) taken_ = now;
    resting_.push_back(&stream);
  }
  void remove(const Stream& stream);
  bool empty() const { return resting_.empty(); }

  /// The others were served for so long.
  void others_took(Time time) { owed_ -= time; }
  /// Nobody was served for so long, as nobody asked.
  void slept(Time time) { owed_ -= time * kOthers; }
  /// One that rests was served for so long; or, in the turn of the others, one that is about to rest.
  void took(Time time, bool in_turn_of_others);
  /// The next that may be read now, and rests no more; null if none may. `idle`: the others have nothing to
  /// do.
  Stream* take(bool idle, Time now);
  /// How long to wait for others before the next may be read; nothing where that is as soon as they are done.
  Time wait() const { return owed_ > kForgiven ? owed_ / kOthers : Time{0}; }

 private:
  std::deque<Stream*> resting_;
  Time owed_{0};   // to the others
  Time taken_{0};  // when the last was, or began to wait alone
};

}  // namespace encke::net
