// Many runs at a time on one loop.
#pragma once

#include "tests/soak/client.hpp"
#include "tests/soak/level.hpp"
#include "tests/soak/service.hpp"
#include "tests/soak/strays.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace encke::soak {

class Attacker;

/// Runs of one kind, which pass or fail together.
struct Case {
  std::string transport;
  std::uint64_t from = 1;
  std::uint64_t seeds = 0;
  std::uint64_t messages = 200;
  bool attacked = false;  ///< each session has an attacker of its own

  std::uint64_t next = 0;  ///< how many have been started
  Tally tally{};
  std::vector<std::string> failures{};
  double first_at = -1;  ///< seconds since the runner began
  double last_at = 0;

  std::string name() const;
};

class Runner {
 public:
  /// With `strays`, that many clients that harm themselves are there while runs are, and now and then all
  /// runs lose their connections at once.
  Runner(Host& host, std::vector<Case> cases, unsigned in_flight, unsigned strays = 0);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Runs them all; stops starting more once `go_on` says no, or a case has failed some times. What is left
  /// goes on when it is called again.
  void run(const std::function<bool()>& go_on);
  /// Waits until the server has let go of all that run() brought about, and tells what is held then.
  Level settle();
  std::uint64_t started() const { return ids_; }
  std::uint64_t strays() const { return strays_ ? strays_->count() : 0; }
  const std::vector<Case>& cases() const { return cases_; }
  std::uint64_t attacks() const { return attacks_; }

 private:
  struct Flight;
  bool start_one();
  void storm();
  void ended(Flight& flight);
  void bury();
  double now() const;

  Host& host_;
  std::vector<Case> cases_;
  const unsigned in_flight_;
  event_base* base_;
  std::unique_ptr<test::EventTimer> burial_;
  std::unique_ptr<test::EventTimer> storm_;
  std::unique_ptr<Strays> strays_;
  std::vector<std::unique_ptr<Flight>> flights_;
  std::vector<std::string> old_keys_;
  std::uint64_t ids_ = 0;
  std::uint64_t attacks_ = 0;
  std::size_t next_case_ = 0;
  double began_ = 0;
};

}  // namespace encke::soak
