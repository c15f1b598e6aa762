// Which backend is tried when, and what is told of those that fail.
#include "server/services/backends.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace encke;
using namespace encke::services;
using net::DialFault;
using Order = std::vector<std::size_t>;

namespace {

struct Three {
  explicit Three(Balance balance)
      : backends("/irc",
                 {*net::Endpoint::parse("a.example:1"), *net::Endpoint::parse("b.example:2"),
                  *net::Endpoint::parse("c.example:3")},
                 balance, Millis{1000}, [this](std::string_view text) { told.emplace_back(text); }) {}
  std::vector<BackendMetrics> rows() const {
    std::vector<BackendMetrics> all;
    backends.gather(all);
    return all;
  }
  Order order(int now) { return backends.order(Millis{now}, Millis{500}); }
  std::vector<std::string> told;
  Backends backends;
};

}  // namespace

TEST_CASE("the first is tried first, and one that failed after the others for a while") {
  Three three(Balance::first);
  CHECK(three.order(0) == Order{0, 1, 2});
  CHECK(three.order(0) == Order{0, 1, 2});
  three.backends.failed(0, DialFault::refused, "a.example:1: Connection refused", Millis{5000});
  CHECK(three.order(5999) == Order{1, 2, 0});
  CHECK(three.order(6000) == Order{0, 1, 2});
  three.backends.failed(0, DialFault::late, "a.example:1: late", Millis{6000});
  three.backends.failed(1, DialFault::late, "b.example:2: late", Millis{6000});
  CHECK(three.order(6001) == Order{2, 0, 1});
  three.backends.connected(0, true);
  CHECK(three.order(6001) == Order{0, 2, 1});
}

TEST_CASE(
    "when the time has come to try one again a single session does, and the others do not wait for it") {
  Three three(Balance::first);
  three.backends.failed(0, DialFault::late, "a.example:1: late", Millis{0});
  CHECK(three.order(1000) == Order{0, 1, 2});
  CHECK(three.order(1000) == Order{1, 2, 0});
  // That session has 500 ms for it, and a second more passes where nothing is heard of it.
  CHECK(three.order(2499) == Order{1, 2, 0});
  CHECK(three.order(2500) == Order{0, 1, 2});
  three.backends.connected(0, true);
  CHECK(three.order(2501) == Order{0, 1, 2});
}

TEST_CASE("or each in its turn") {
  Three three(Balance::round_robin);
  CHECK(three.order(0) == Order{0, 1, 2});
  CHECK(three.order(0) == Order{1, 2, 0});
  three.backends.failed(2, DialFault::refused, "c.example:3: Connection refused", Millis{0});
  CHECK(three.order(0) == Order{0, 1, 2});
  CHECK(three.order(0) == Order{0, 1, 2});
  CHECK(three.order(0) == Order{1, 0, 2});
}

TEST_CASE("each change is told once: that one fails, and that it answers again") {
  Three three(Balance::first);
  three.backends.connected(1, true);
  CHECK(three.told.empty());
  three.backends.failed(1, DialFault::refused, "b.example:2: Connection refused", Millis{0});
  three.backends.failed(1, DialFault::late, "b.example:2: late", Millis{0});
  CHECK(three.told ==
        std::vector<std::string>{"service /irc: no connection to b.example:2: Connection refused"});
  three.backends.connected(1, false);
  three.backends.connected(1, true);
  CHECK(three.told.size() == 2);
  CHECK(three.told[1] == "service /irc: b.example:2 answers again");
}

TEST_CASE("a backend is not to blame where this process has no descriptor left, or may not connect to it") {
  Three three(Balance::first);
  three.backends.failed(0, DialFault::exhausted, "a.example:1: Too many open files", Millis{0});
  three.backends.failed(0, DialFault::forbidden, "a.example:1 may not be connected to", Millis{0});
  CHECK(three.order(0) == Order{0, 1, 2});
  CHECK(three.told.empty());
}

TEST_CASE("what is counted of each") {
  Three three(Balance::first);
  three.backends.connected(0, true);
  three.backends.connected(0, true);
  three.backends.connected(1, false);
  three.backends.left(0);
  three.backends.failed(2, DialFault::refused, "", Millis{0});
  three.backends.failed(2, DialFault::refused, "", Millis{0});
  three.backends.failed(2, DialFault::tls, "", Millis{0});
  const std::vector<BackendMetrics> rows = three.rows();
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].service == "/irc");
  CHECK(rows[0].backend == "a.example:1");
  CHECK(rows[0].up);
  CHECK(rows[0].connections == 1);
  CHECK(rows[0].connected == 2);
  CHECK(rows[1].connected == 0);
  CHECK_FALSE(rows[2].up);
  using Failures = std::vector<std::pair<std::string, std::uint64_t>>;
  CHECK(rows[2].failures == Failures{{"refused", 2}, {"tls", 1}});
}
