// SipHash-2-4.
#include "server/core/keyed_hash.hpp"

#include <bit>
#include <random>

namespace encke {

namespace {

struct State {
  std::uint64_t a, b, c, d;

  void round() {
    a += b;
    c += d;
    b = std::rotl(b, 13) ^ a;
    d = std::rotl(d, 16) ^ c;
    a = std::rotl(a, 32);
    c += b;
    a += d;
    b = std::rotl(b, 17) ^ c;
    d = std::rotl(d, 21) ^ a;
    c = std::rotl(c, 32);
  }
  void take(std::uint64_t word) {
    d ^= word;
    round();
    round();
    a ^= word;
  }
};

/// At most 8 bytes, the first the lowest.
std::uint64_t word_of(std::string_view bytes) {
  std::uint64_t word = 0;
  for (std::size_t index = bytes.size(); index-- > 0;) {
    word = word << 8 | static_cast<unsigned char>(bytes[index]);
  }
  return word;
}

std::uint64_t random_word(std::random_device& source) { return std::uint64_t{source()} << 32 | source(); }

const KeyedHash::Key& key_of_this_process() {
  static const KeyedHash::Key kKey = [] {
    std::random_device source;
    return KeyedHash::Key{random_word(source), random_word(source)};
  }();
  return kKey;
}

}  // namespace

KeyedHash::KeyedHash() : KeyedHash(key_of_this_process()) {}

std::size_t KeyedHash::operator()(std::string_view name) const {
  State state{key_.low ^ 0x736f6d6570736575, key_.high ^ 0x646f72616e646f6d, key_.low ^ 0x6c7967656e657261,
              key_.high ^ 0x7465646279746573};
  const std::uint64_t size = name.size();
  for (; name.size() >= 8; name.remove_prefix(8)) state.take(word_of(name.substr(0, 8)));
  state.take(size << 56 | word_of(name));
  state.c ^= 0xff;
  for (int round = 0; round < 4; ++round) state.round();
  return static_cast<std::size_t>(state.a ^ state.b ^ state.c ^ state.d);
}

}  // namespace encke
