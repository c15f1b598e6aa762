// The end of a turn.
#include "server/core/turn.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>

using encke::Disposable;
using encke::Turn;

namespace {

class Job final : public Turn::Task {
 public:
  explicit Job(std::function<void()> action) : action_(std::move(action)) {}

  void end_of_turn() { action_(); }

 private:
  std::function<void()> action_;
};

class Body final : public Disposable {
 public:
  explicit Body(std::function<void()> last) : last_(std::move(last)) {}
  ~Body() override { last_(); }

 private:
  std::function<void()> last_;
};

}  // namespace

TEST_CASE("deferred work runs once, in the order of the calls, when the turn ends") {
  Turn turn;
  std::string order;
  Job a([&] { order += 'a'; });
  Job b([&] { order += 'b'; });
  CHECK(turn.idle());
  turn.defer(b);
  turn.defer(a);
  turn.defer(b);
  CHECK_FALSE(turn.idle());
  CHECK(order.empty());
  turn.end();
  CHECK(order == "ba");
  CHECK(turn.idle());
  turn.end();
  CHECK(order == "ba");
}

TEST_CASE("work may defer other work and itself; all of it runs in the same turn") {
  Turn turn;
  std::string order;
  int rounds = 0;
  Job b([&] { order += 'b'; });
  Job* self = nullptr;
  Job a([&] {
    order += 'a';
    turn.defer(b);
    if (++rounds < 3) turn.defer(*self);
  });
  self = &a;
  turn.defer(a);
  turn.end();
  CHECK(order == "ababab");
  CHECK(turn.idle());
}

TEST_CASE("the dead are deleted after all deferred work, in the order of their burial") {
  Turn turn;
  std::string order;
  Job late([&] { order += 'l'; });
  Job job([&] {
    order += 'j';
    turn.bury(std::make_unique<Body>([&] { order += '2'; }));
    turn.defer(late);
  });
  turn.bury(std::make_unique<Body>([&] { order += '1'; }));
  turn.defer(job);
  CHECK_FALSE(turn.idle());
  turn.end();
  CHECK(order == "jl12");
}

TEST_CASE("a destructor may defer and bury: the turn ends only when nothing is left") {
  Turn turn;
  std::string order;
  Job job([&] { order += 'j'; });
  turn.bury(std::make_unique<Body>([&] {
    order += '1';
    turn.defer(job);
    turn.bury(std::make_unique<Body>([&] { order += '2'; }));
  }));
  turn.end();
  CHECK(order == "1j2");
  CHECK(turn.idle());
}

TEST_CASE("what is buried while deferred runs before it is deleted") {
  struct Both final : Disposable, Turn::Task {
    explicit Both(std::string& text) : order(text) {}
    ~Both() override { order += 'd'; }
    void end_of_turn() { order += 'r'; }
    std::string& order;
  };
  Turn turn;
  std::string order;
  auto both = std::make_unique<Both>(order);
  turn.defer(*both);
  turn.bury(std::move(both));
  turn.end();
  CHECK(order == "rd");
}
