// A seeded source of chance that is the same on every machine and with every library.
#pragma once

#include <cstddef>
#include <cstdint>

namespace encke::test {

/// SplitMix64 (Steele, Lea, Flood 2014), with the few draws that tests need.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  /// One that depends on both numbers, and on nothing drawn before.
  Dice(std::uint64_t seed, std::uint64_t part) : state_(Dice(seed).next() ^ Dice(~part).next()) {}

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// From 0 to `bound` - 1; `bound` > 0.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  /// From `low` to `high`, both included.
  std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }
  /// True in `percent` of a hundred draws.
  bool chance(unsigned percent) { return below(100) < percent; }
  /// From 0 to below 2^`bits`, small numbers as likely as large ones.
  std::uint64_t of_any_size(unsigned bits) { return next() & ((std::uint64_t{1} << between(0, bits)) - 1); }
  template <typename T, std::size_t N>
  const T& one_of(const T (&choices)[N]) {
    return choices[below(N)];
  }

 private:
  std::uint64_t state_;
};

}  // namespace encke::test
