// Clients that harm themselves: they abandon polls, leave requests half said, fall silent, never read. Nobody
// waits for what becomes of them; the server must be rid of them, and others must not notice.
#pragma once

#include "tests/support/dice.hpp"
#include "tests/support/event_socket.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace encke::soak {

/// Keeps some strays connected to 127.0.0.1:`port` from start() to stop(), each for a short life.
class Strays {
 public:
  Strays(event_base* base, std::uint16_t port, std::uint64_t seed, unsigned most);
  ~Strays() { stop(); }
  Strays(const Strays&) = delete;
  Strays& operator=(const Strays&) = delete;

  void start();
  /// Ends them all.
  void stop();
  /// How many there have been.
  std::uint64_t count() const { return count_; }

 private:
  struct Stray {
    int socket;
    unsigned end_at;
    bool reset;
  };
  void tick();
  void add();
  std::string words();
  static void end(const Stray& stray);

  const std::uint16_t port_;
  test::Dice dice_;
  const unsigned most_;
  std::vector<Stray> strays_;
  std::uint64_t count_ = 0;
  unsigned ticks_ = 0;
  test::EventTimer timer_;
};

}  // namespace encke::soak
