// What services refuse, counted and told.
#include "server/core/denials.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace encke {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the first is told at once, and the others once a minute, with how many there were") {
  Tally tally;
  CHECK(tally.add(5s) == 1);
  for (int i = 0; i < 40; ++i) CHECK(tally.add(6s) == 0);
  CHECK(tally.add(64'999ms) == 0);
  CHECK(tally.add(65s) == 42);
  CHECK(tally.add(66s) == 0);
  CHECK(tally.add(1h) == 2);
  CHECK(tally.count() == 45);
}

TEST_CASE("a service tells each kind for itself, with the last one's address, status and origin") {
  std::vector<std::string> told;
  Denials denials([&told](std::string_view text) { told.emplace_back(text); });
  int asked = 0;
  const auto deny = [&](Denial why, int status, std::string_view origin, Millis now) {
    denials.add({.why = why, .transport = "poll", .status = status, .origin = origin}, now, [&asked] {
      ++asked;
      return std::string("192.0.2.7");
    });
  };
  deny(Denial::origin, 403, "https://evil.example", 1s);
  for (int i = 0; i < 9; ++i) deny(Denial::origin, 403, "https://evil.example", 2s);
  deny(Denial::access, 401, "", 3s);
  deny(Denial::origin, 403, "", 61s);
  CHECK(asked == 3);  // an address is written down for a line alone
  CHECK(told ==
        std::vector<std::string>{
            "1 request refused for their origin; the last was of 192.0.2.7, with 403, from a page of "
            "https://evil.example",
            "1 request refused for want of access; the last was of 192.0.2.7, with 401, and told no origin",
            "10 requests refused for their origin; the last was of 192.0.2.7, with 403, and told no origin"});
  CHECK(denials.count(Denial::origin) == 11);
  CHECK(denials.count(Denial::access) == 1);
}

TEST_CASE("what a page says of itself is visible ASCII without blanks, and not long, in a line of the log") {
  CHECK(legible_origin("https://a.example:8443") == "https://a.example:8443");
  CHECK(legible_origin("a\r\n\x1b[2J \x7f\xc2\x9b\xff\tb") == "a???[2J??????b");
  CHECK(legible_origin(std::string(120, 'x')) == std::string(120, 'x'));
  CHECK(legible_origin(std::string(121, 'x')) == std::string(120, 'x') + "...");
}

}  // namespace
}  // namespace encke
