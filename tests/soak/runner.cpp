// Many runs at a time: starts them, and adds up what they came to.
#include "tests/soak/runner.hpp"

#include "tests/soak/attacker.hpp"

#include <event2/event.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

namespace encke::soak {
namespace {

constexpr std::size_t kMostFailures = 3;  // a case has said enough then
constexpr std::size_t kMostOldKeys = 64;
constexpr std::chrono::milliseconds kStormEvery{5'000};

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

struct Runner::Flight {
  Case* its_case;
  bool ended = false;
  std::unique_ptr<Client> client;
  std::unique_ptr<Attacker> attacker;
};

std::string Case::name() const {
  return "6 " + transport + (attacked ? ", under attack" : "") + ": " + std::to_string(seeds) + " seeds of " +
         std::to_string(messages) + " messages each way, each arrives once and in order";
}

Runner::Runner(Host& host, std::vector<Case> cases, unsigned in_flight, unsigned strays)
    : host_(host),
      cases_(std::move(cases)),
      in_flight_(in_flight),
      base_(event_base_new()),
      began_(seconds()) {
  burial_ = std::make_unique<test::EventTimer>(base_, [this] { bury(); });
  if (strays == 0) return;
  storm_ = std::make_unique<test::EventTimer>(base_, [this] { storm(); });
  strays_ = std::make_unique<Strays>(base_, host.port(), 1, strays);
}

Runner::~Runner() {
  flights_.clear();
  burial_.reset();
  storm_.reset();
  strays_.reset();
  event_base_free(base_);
}

double Runner::now() const { return seconds() - began_; }

void Runner::run(const std::function<bool()>& go_on) {
  if (strays_) {
    strays_->start();
    storm_->start(kStormEvery);
  }
  for (;;) {
    while (flights_.size() < in_flight_ && go_on() && start_one()) {
    }
    if (flights_.empty()) break;
    event_base_loop(base_, EVLOOP_ONCE);
  }
  if (!strays_) return;
  storm_->cancel();
  strays_->stop();
}

void Runner::storm() {
  storm_->start(kStormEvery);
  for (const auto& flight : flights_) flight->client->cut();
}

Level Runner::settle() {
  constexpr double kLongest = 30;
  constexpr double kRest = 4;  // sessions that strays have left are over by then
  const double began = now();
  double quiet_since = began;
  bool over = false;
  test::EventTimer timer(base_, [&] {
    const bool quiet = host_.open_channels() == 0;
    if (!quiet) quiet_since = now();
    over = now() - quiet_since > kRest || now() - began > kLongest;
    timer.start(std::chrono::milliseconds{50});
  });
  timer.start(std::chrono::milliseconds{0});
  while (!over) event_base_loop(base_, EVLOOP_ONCE);
  return Level::now();
}

/// One run of the next case that has one left, in turn, so that all kinds are under way at once.
bool Runner::start_one() {
  for (std::size_t i = 0; i < cases_.size(); ++i) {
    Case& chosen = cases_[next_case_++ % cases_.size()];
    if (chosen.next == chosen.seeds || chosen.failures.size() >= kMostFailures) continue;
    if (chosen.first_at < 0) chosen.first_at = now();
    const std::uint64_t seed = chosen.from + chosen.next++;
    const Run run{.id = ++ids_,
                  .seed = seed,
                  .messages = chosen.messages,
                  .ending = static_cast<Ending>(test::Dice(seed, 0xe0).below(3))};
    auto flight = std::make_unique<Flight>();
    Flight& its = *flight;
    its.its_case = &chosen;
    its.client =
        std::make_unique<Client>(base_, host_, run, chosen.transport, [this, &its](Client&) { ended(its); });
    if (chosen.attacked)
      its.attacker = std::make_unique<Attacker>(base_, host_.port(), *its.client, old_keys_);
    flights_.push_back(std::move(flight));
    return true;
  }
  return false;
}

void Runner::ended(Flight& flight) {
  flight.ended = true;
  burial_->start(std::chrono::milliseconds{0});
}

void Runner::bury() {
  for (const auto& flight : flights_) {
    if (!flight->ended) continue;
    Case& its = *flight->its_case;
    const Client& client = *flight->client;
    client.add_to(its.tally);
    its.last_at = now();
    std::string failure = client.failure();
    if (flight->attacker) {
      attacks_ += flight->attacker->attacks();
      if (failure.empty()) failure = flight->attacker->failure();
      if (old_keys_.size() >= kMostOldKeys) old_keys_.erase(old_keys_.begin());
      old_keys_.push_back(client.service() + "/encke.1/" + client.key());
    }
    if (failure.empty()) continue;
    its.failures.push_back("seed " + std::to_string(client.run().seed) + ", " + its.transport + ": " +
                           failure + "\n    again: ./dev soak --transport " + its.transport + " --from " +
                           std::to_string(client.run().seed) + " --seeds 1 --messages " +
                           std::to_string(its.messages) + (its.attacked ? " --attacked" : ""));
    std::fprintf(stderr, "FAILED %s\n", its.failures.back().c_str());
  }
  std::erase_if(flights_, [](const auto& flight) { return flight->ended; });
}

}  // namespace encke::soak
