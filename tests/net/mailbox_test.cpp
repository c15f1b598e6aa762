// How loops talk.
#include "server/net/mailbox.hpp"

#include "tests/net/support.hpp"

using namespace encke;
using namespace encke::test;

TEST_CASE("calls run in the order of their posts, and only the first must wake the loop") {
  net::Mailbox mailbox;
  std::string ran;
  CHECK(mailbox.post([&] { ran += 'a'; }));
  CHECK_FALSE(mailbox.post([&] { ran += 'b'; }));
  CHECK(ran.empty());
  mailbox.run();
  CHECK(ran == "ab");
  mailbox.run();
  CHECK(ran == "ab");
  CHECK(mailbox.post([&] { ran += 'c'; }));
}

TEST_CASE("a call may post; what it posts wakes the loop again") {
  net::Mailbox mailbox;
  std::string ran;
  bool first = false;
  mailbox.post([&] {
    ran += 'a';
    first = mailbox.post([&] { ran += 'b'; });
  });
  mailbox.run();
  CHECK(ran == "a");
  CHECK(first);
  mailbox.run();
  CHECK(ran == "ab");
}

TEST_CASE("what was never run is let go with the mailbox") {
  auto held = std::make_shared<int>(1);
  {
    net::Mailbox mailbox;
    mailbox.post([held] {});
    mailbox.post([held] {});
    CHECK(held.use_count() == 3);
  }
  CHECK(held.use_count() == 1);
}

TEST_CASE("many posters: nothing is lost, and each poster's calls keep their order") {
  constexpr int kPosters = 4;
  constexpr int kCalls = 5000;
  Running running(2);
  running.start();
  std::array<int, kPosters> last{};
  bool in_order = true;
  std::promise<void> done;
  int count = 0;
  std::vector<std::thread> posters;
  for (std::size_t poster = 0; poster < kPosters; ++poster) {
    posters.emplace_back([&, poster] {
      for (int call = 1; call <= kCalls; ++call) {
        running.workers.post(1, [&, poster, call] {
          in_order = in_order && last[poster] == call - 1;
          last[poster] = call;
          if (++count == kPosters * kCalls) done.set_value();
        });
      }
    });
  }
  for (std::thread& poster : posters) poster.join();
  REQUIRE(done.get_future().wait_for(kWatchdog) == std::future_status::ready);
  running.stop();
  CHECK(in_order);
}

TEST_CASE("a loop that sleeps is woken") {
  Running running(2);
  running.start();
  for (int round = 0; round < 200; ++round) {
    const auto back = std::make_shared<std::promise<void>>();
    running.workers.post(0, [&running, back] { running.workers.post(1, [back] { back->set_value(); }); });
    REQUIRE(back->get_future().wait_for(kWatchdog) == std::future_status::ready);
  }
}
