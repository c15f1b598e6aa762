#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tests/bench/client.hpp"
#include "tests/bench/payload.hpp"

namespace encke::bench {

/// What a phase of traffic has moved so far.
struct Counts {
  std::uint64_t messages = 0;    // sent, and seen by all who should see them
  std::uint64_t deliveries = 0;  // received and found right
  std::uint64_t reads = 0;       // reads that brought bytes
};

/// One way to load the server. The owner opens it, then lets one or more phases of traffic run: begin()
/// starts one, and when may_send() turns false it dies down until quiet().
class Scenario : protected Client::Listener {
 public:
  Scenario(Loop& loop, const Options& options) : loop_(loop), options_(options), writer_(options.size) {}
  virtual ~Scenario() = default;

  /// Opens more sessions, as long as not too many are under way; call once a turn until opened().
  virtual void open_some();
  virtual bool opened() const { return open_ == options_.sessions; }

  virtual void begin() = 0;
  virtual bool quiet() const = 0;
  /// Called after each turn, when no client is on the stack.
  virtual void after_turn() {}

  /// Starts a new count; traffic may be sent until `until`, and at most `messages` of them (0: any number).
  void allow(Loop::Time until, std::uint64_t messages);
  Counts counts() const;

 protected:
  void on_open(Client&) override { ++open_; }
  void on_closed(Client& client) override;
  bool may_send() const { return loop_.now() < until_ && (bound_ == 0 || started_ < bound_); }
  /// Sends message `number` of `client`, which says whose it is.
  void send(Client& client, std::uint32_t number);
  /// Reads a message and checks that it is whole; anything else ends the process.
  Payload expect_payload(const Client& client, std::string_view message) const;
  [[noreturn]] void fail_order(const Client& client, Payload got, std::uint32_t expected) const;

  Loop& loop_;
  const Options& options_;
  PayloadWriter writer_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::uint32_t open_ = 0;
  std::uint64_t started_ = 0;
  Counts counts_;

 private:
  Loop::Time until_{};
  std::uint64_t bound_ = 0;
  std::uint64_t reads_before_ = 0;
};

std::unique_ptr<Scenario> make_scenario(Loop& loop, const Options& options);

}  // namespace encke::bench
