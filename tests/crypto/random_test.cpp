// Random ids and comparing secrets: what can be told without a statistics lab.
#include "server/crypto/random.hpp"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>

#include "server/crypto/compare.hpp"

using namespace encke::crypto;

TEST_CASE("an id has the length asked for and only letters and digits") {
  for (const std::size_t length : {0UL, 1UL, 8UL, 31UL, 32UL, 33UL, 500UL}) {
    const std::string id = random_id(length);
    CHECK(id.size() == length);
    CHECK(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos);
  }
}

TEST_CASE("ids and numbers do not repeat, and every letter turns up") {
  std::set<std::string> ids;
  std::set<char> letters;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = random_id(16);
    letters.insert(id.begin(), id.end());
    ids.insert(id);
  }
  CHECK(ids.size() == 1000);
  CHECK(letters.size() == 36);
  std::set<std::uint32_t> numbers;
  for (int i = 0; i < 100; ++i) numbers.insert(random_u32());
  CHECK(numbers.size() > 95);
}

TEST_CASE("filling leaves nothing as it was") {
  std::array<std::uint8_t, 64> bytes{};
  random_fill(bytes);
  CHECK(std::set<std::uint8_t>(bytes.begin(), bytes.end()).size() > 8);
  random_fill({});
}

TEST_CASE("equal means same length and same bytes") {
  CHECK(constant_time_equal("", ""));
  CHECK(constant_time_equal("secret", "secret"));
  CHECK_FALSE(constant_time_equal("secret", "secreT"));
  CHECK_FALSE(constant_time_equal("secret", "secre"));
  CHECK_FALSE(constant_time_equal("", "s"));
  CHECK_FALSE(constant_time_equal(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}
