// The messages of a run.
#include "tests/soak/numbered.hpp"

#include "tests/support/dice.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace encke::soak {
namespace {

using test::Dice;
using namespace std::string_view_literals;

// What JSON, HTML, event streams, forms and browsers treat in ways of their own.
constexpr std::string_view kAwkward[] = {"\""sv,
                                         "\\"sv,
                                         "\n"sv,
                                         "\r\n"sv,
                                         "\r"sv,
                                         "\0"sv,
                                         "\x1f\x7f"sv,
                                         "\t\b\f"sv,
                                         "%25%"sv,
                                         "+ &d=;"sv,
                                         "</script><!--"sv,
                                         "data: x"sv,
                                         "\"]"sv,
                                         "a[\"x\"]"sv,
                                         "\\u0041\\"sv,
                                         "\xc2\x80\xc3\xa9"sv,
                                         "\xe2\x80\x8c\xe2\x80\x8f"sv,
                                         "\xe2\x80\xa8\xe2\x80\xa9"sv,
                                         "\xe2\x81\xa0\xef\xbb\xbf"sv,
                                         "\xef\xbf\xb0\xef\xbf\xbf"sv,
                                         "\xe6\xbc\xa2\xe5\xad\x97"sv,
                                         "\xf0\x9f\x98\x80"sv,
                                         "\xf4\x8f\xbf\xbf"sv};

std::size_t some_size(Dice& dice) {
  const std::uint64_t kind = dice.below(100);
  if (kind < 3) return 0;
  if (kind < 70) return dice.below(40);
  if (kind < 95) return dice.below(300);
  return dice.of_any_size(13);
}

std::string shown(std::string_view bytes) {
  std::string text = std::to_string(bytes.size()) + " bytes \"";
  for (const char c : bytes.substr(0, 60)) {
    if (c >= ' ' && c < '\x7f') {
      text += c;
    } else {
      char hex[8];
      std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      text += hex;
    }
  }
  return text + '"';
}

}  // namespace

Message numbered(std::uint64_t seed, Way way, std::uint64_t number) {
  Dice dice(seed * 2 + static_cast<std::uint64_t>(way), number);
  const std::size_t size = some_size(dice);
  std::string bytes;
  bytes.reserve(size + 16);
  if (dice.chance(25)) {
    while (bytes.size() < size) bytes += static_cast<char>(dice.next());
    return Message::binary(bytes);
  }
  if (size > 0) bytes = std::to_string(number) + ":";
  while (bytes.size() < size) {
    if (dice.chance(30)) {
      bytes += dice.one_of(kAwkward);
    } else {
      const std::uint64_t letters = dice.next();
      const std::size_t count = std::min<std::size_t>(16, size - bytes.size());
      for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>('a' + (letters >> (i * 4)) % 16);
    }
  }
  return Message::text(bytes);
}

std::string wrong_with(const Message& message, std::uint64_t seed, Way way, std::uint64_t number) {
  const Message right = numbered(seed, way, number);
  if (message.is_binary() == right.is_binary() && message.data() == right.data()) return {};
  const auto kind = [](const Message& one) { return one.is_binary() ? "binary, " : "text, "; };
  return std::string("message ") + std::to_string(number) + (way == Way::up ? " up" : " down") + ": got " +
         kind(message) + shown(message.data()) + ", expected " + kind(right) + shown(right.data());
}

std::string hello(const Run& run) {
  return std::to_string(run.id) + " " + std::to_string(run.seed) + " " + std::to_string(run.messages) + " " +
         std::to_string(static_cast<int>(run.ending));
}

Run read_hello(const Message& message) {
  unsigned long long id = 0;
  unsigned long long seed = 0;
  unsigned long long messages = 0;
  int ending = 0;
  if (std::sscanf(std::string(message.data()).c_str(), "%llu %llu %llu %d", &id, &seed, &messages, &ending) !=
      4) {
    return {};
  }
  return {.id = id, .seed = seed, .messages = messages, .ending = static_cast<Ending>(ending)};
}

}  // namespace encke::soak
