// Messages cut into pieces, and put together again.
#include "server/mux/arrivals.hpp"
#include "server/mux/departures.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace encke;
using mux::Arrivals;
using mux::Departures;
using mux::Frame;
using mux::Type;

namespace {

constexpr std::size_t kMost = 100'000;

Frame piece(std::string_view bytes, bool more, Type type = Type::text) {
  return {.stream = 1, .type = type, .more = more, .bytes = bytes};
}

std::uint16_t fault_of(const Arrivals::Taken& taken) { return taken.fault ? taken.fault->code : 0; }

}  // namespace

TEST_CASE("a text message cut anywhere comes out whole, and its parts are held no longer") {
  const std::string text = "aß水\xF0\x9F\x98\x80";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Arrivals arrivals;
    CHECK_FALSE(arrivals.take(piece(text.substr(0, cut), true), kMost).message);
    CHECK(arrivals.size() == cut);
    const Arrivals::Taken taken = arrivals.take(piece(text.substr(cut), false), kMost);
    REQUIRE(taken.message);
    CHECK(taken.message->data() == text);
    CHECK_FALSE(taken.message->is_binary());
    CHECK(arrivals.size() == 0);
  }
}

TEST_CASE("text that is not UTF-8 is 1007, at the piece that shows it") {
  Arrivals arrivals;
  CHECK(fault_of(arrivals.take(piece("\xC3", false), kMost)) == 1007);
  CHECK(fault_of(Arrivals().take(piece("\xFF", true), kMost)) == 1007);
  Arrivals cut;
  CHECK(fault_of(cut.take(piece("\xC3", true), kMost)) == 0);
  CHECK(fault_of(cut.take(piece("x", true), kMost)) == 1007);
  CHECK(Arrivals().take(piece("\xFF", false, Type::binary), kMost).message);
}

TEST_CASE("a message may have as many bytes as the service takes, and not one more: 1009") {
  CHECK(Arrivals().take(piece("1234", false), 4).message);
  CHECK(fault_of(Arrivals().take(piece("12345", false), 4)) == 1009);
  Arrivals arrivals;
  CHECK(fault_of(arrivals.take(piece("123", true), 4)) == 0);
  CHECK(fault_of(arrivals.take(piece("45", true), 4)) == 1009);
}

TEST_CASE("a message does not change its kind: 1002") {
  Arrivals arrivals;
  CHECK(fault_of(arrivals.take(piece("a", true), kMost)) == 0);
  CHECK(fault_of(arrivals.take(piece("b", false, Type::binary), kMost)) == 1002);
}

TEST_CASE("pieces are 16384 bytes, each costs 48 more, and none goes beyond the credit") {
  Departures departures;
  CHECK(departures.add_credit(40'000));
  departures.push(Message::text(std::string(40'000, 'x')));
  std::size_t spent = 0;
  std::size_t bytes = 0;
  while (const auto next = departures.next(1)) {
    CHECK(next->more);
    bytes += next->bytes.size();
    spent += next->bytes.size() + mux::kPieceCost;
    departures.sent(*next);
  }
  CHECK(spent == 40'000);
  CHECK(bytes == 40'000 - 3 * mux::kPieceCost);
  CHECK(departures.add_credit(144 + 48));
  const auto last = departures.next(1);
  REQUIRE(last);
  CHECK(last->bytes.size() == 144);
  CHECK_FALSE(last->more);
  departures.sent(*last);
  CHECK(departures.empty());
  CHECK(departures.cost() == 0);
}

TEST_CASE("a message is not cut into pieces of less than 256 bytes, but for its last") {
  Departures departures;
  departures.push(Message::text(std::string(1000, 'x')));
  CHECK(departures.add_credit(255 + 48));
  CHECK_FALSE(departures.next(1));
  CHECK(departures.add_credit(1));
  CHECK(departures.next(1)->bytes.size() == 256);
}

TEST_CASE("an empty message needs credit too") {
  Departures departures;
  departures.push(Message::binary(""));
  CHECK(departures.add_credit(47));
  CHECK_FALSE(departures.next(1));
  CHECK(departures.add_credit(1));
  CHECK(departures.next(1)->type == Type::binary);
}

TEST_CASE("credit is 2147483647 bytes in all at most") {
  Departures departures;
  CHECK(departures.add_credit(mux::kLargest - 1));
  CHECK(departures.add_credit(1));
  CHECK_FALSE(departures.add_credit(1));
}
