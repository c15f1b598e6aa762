// Messages and bytes a second.
#include "server/core/sessions.hpp"
#include "tests/core/fakes.hpp"

#include <doctest/doctest.h>

namespace encke {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a bucket gives a burst at once, and then its rate") {
  TokenBucket bucket;
  const Rate rate{.per_second = 10, .burst = 500ms};
  int given = 0;
  const auto drain = [&](Millis now) {
    given = 0;
    while (bucket.open(rate, now)) {
      bucket.take(rate, 1);
      ++given;
    }
    return given;
  };
  CHECK(drain(0ms) == 5);
  CHECK(drain(0ms) == 0);
  CHECK(drain(99ms) == 1);
  CHECK(drain(1000ms) == 5);
  CHECK(drain(100h) == 5);
}

TEST_CASE("what is larger than a bucket comes through, and is paid for by waiting") {
  TokenBucket bucket;
  const Rate rate{.per_second = 100, .burst = 1s};
  REQUIRE(bucket.open(rate, 0ms));
  bucket.take(rate, 1100);
  CHECK(!bucket.open(rate, 9'999ms));
  CHECK(!bucket.open(rate, 10'000ms));
  CHECK(bucket.open(rate, 10'010ms));
}

TEST_CASE("a bucket without a rate has no end") {
  TokenBucket bucket;
  for (int i = 0; i < 100; ++i) {
    CHECK(bucket.open({}, 0ms));
    bucket.take({}, 1'000'000);
  }
}

}  // namespace
}  // namespace encke
