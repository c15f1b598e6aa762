// The soak: sessions of the facade's protocol over real sockets, through proxies that harm them, from seeds.
#include "tests/soak/runner.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>

namespace encke::soak {
namespace {

struct Options {
  std::optional<std::uint64_t> seeds;
  std::uint64_t from = 1;
  std::optional<std::uint64_t> messages;
  std::string transport;
  std::uint64_t minutes = 0;
  std::uint64_t workers = 2;
  std::uint64_t in_flight = 768;
  std::uint64_t share = 100;
  bool attacked = false;

  /// Whether it is all that there is, or certain runs of it.
  bool all() const { return !seeds && !messages && !attacked; }
};

[[noreturn]] void explain(std::string_view wrong) {
  std::fprintf(
      stderr,
      "soak: %.*s\n"
      "usage: soak [--seeds N] [--from SEED] [--messages M] [--transport NAME|changing] [--minutes T]\n"
      "            [--attacked] [--workers N] [--in-flight N] [--share PERCENT]\n"
      "Without --seeds, --messages, --minutes and --attacked it runs what the tests run, or that share of\n"
      "it (ENCKE_SOAK_SHARE). Without --seeds, --messages and --attacked there are strays besides, and what\n"
      "the process holds is measured between rounds.\n",
      static_cast<int>(wrong.size()), wrong.data());
  std::exit(2);
}

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0) explain("expected a number");
  return value;
}

Options read_options(int count, char** arguments) {
  Options options;
  if (const char* const share = std::getenv("ENCKE_SOAK_SHARE")) options.share = number(share);
  for (int i = 1; i < count; ++i) {
    const std::string_view name = arguments[i];
    if (name == "--attacked") {
      options.attacked = true;
      continue;
    }
    if (name == "--help") explain("sessions through proxies that harm their connections");
    if (++i == count) explain("a value is missing");
    const std::string_view value = arguments[i];
    if (name == "--seeds") {
      options.seeds = number(value);
    } else if (name == "--from") {
      options.from = number(value);
    } else if (name == "--messages") {
      options.messages = number(value);
    } else if (name == "--transport") {
      options.transport = value;
      if (value != Client::kChanging && find_dialect(value) == nullptr) explain("there is no such transport");
    } else if (name == "--minutes") {
      options.minutes = number(value);
    } else if (name == "--workers") {
      options.workers = number(value);
    } else if (name == "--in-flight") {
      options.in_flight = number(value);
    } else if (name == "--share") {
      options.share = number(value);
    } else {
      explain(name);
    }
  }
  return options;
}

/// The transports asked for: one, or all that this build has, and changing between them where it has all.
std::vector<std::string> transports(const Options& options) {
  if (!options.transport.empty()) return {options.transport};
  std::vector<std::string> names = Server::transports();
  std::erase_if(names, [](const std::string& name) { return find_dialect(name) == nullptr; });
  if (names.size() == dialects().size()) names.emplace_back(Client::kChanging);
  return names;
}

std::vector<Case> cases(const Options& options) {
  std::vector<Case> all;
  const auto add = [&](std::uint64_t seeds, std::uint64_t messages, bool attacked) {
    for (const std::string& transport : transports(options)) {
      all.push_back({.transport = transport,
                     .from = options.from,
                     .seeds = seeds,
                     .messages = messages,
                     .attacked = attacked});
    }
  };
  constexpr std::uint64_t kEndless = 1'000'000'000;
  if (!options.all()) {
    add(options.seeds.value_or(options.minutes > 0 ? kEndless : 1), options.messages.value_or(200),
        options.attacked);
    return all;
  }
  if (options.minutes > 0) {
    add(kEndless, 200, false);
    add(kEndless, 200, true);
    return all;
  }
  const auto shared = [&](std::uint64_t seeds) {
    return std::max<std::uint64_t>(1, seeds * options.share / 100);
  };
  add(shared(15), 10'000, false);
  add(shared(600), 200, false);
  add(shared(20), 200, true);
  return all;
}

/// Rounds of runs, with a rest behind each in which all is let go of; false where what is held has grown.
bool run_rounds(Runner& runner, const Options& options, std::uint64_t runs) {
  using Clock = std::chrono::steady_clock;
  constexpr std::uint64_t kRounds = 3;
  // malloc's caches, one for each thread; and sessions whose page never heard that they were opened, which
  // are kept for a minute.
  constexpr std::size_t kNoise = 1024 * 1024;
  const auto began = Clock::now();
  const auto length = std::chrono::minutes(options.minutes);
  // Long soaks have a round a minute, and short ones as many as tell growth from warming up.
  const std::uint64_t rounds = std::max(kRounds, options.minutes);
  std::optional<Level> warm;
  Level level;
  for (std::uint64_t round = 1; round <= rounds; ++round) {
    const auto until = began + length * round / rounds;
    const std::uint64_t quota = runs * round / rounds;
    runner.run([&] { return options.minutes > 0 ? Clock::now() < until : runner.started() < quota; });
    level = runner.settle();
    std::printf("round %llu of %llu: %llu runs, %llu strays; %s\n", static_cast<unsigned long long>(round),
                static_cast<unsigned long long>(rounds), static_cast<unsigned long long>(runner.started()),
                static_cast<unsigned long long>(runner.strays()), level.text().c_str());
    std::fflush(stdout);
    if (!warm) warm = level;
  }
  if (level.heap <= warm->heap + kNoise && level.descriptors <= warm->descriptors) return true;
  std::printf("what the process holds has grown since the first round, which held %s\n",
              warm->text().c_str());
  return false;
}

int report(const Runner& runner, double took, bool is_flat) {
  unsigned passed = 0;
  unsigned failed = is_flat ? 0 : 1;
  Tally sum;
  for (const Case& one : runner.cases()) {
    const Tally& tally = one.tally;
    ++(one.failures.empty() ? passed : failed);
    std::printf("%-7s %6.2fs  %s: %llu runs, %llu connections, %llu faults, %llu lost, %llu came again%s\n",
                one.failures.empty() ? "passed" : "failed", one.last_at - one.first_at, one.name().c_str(),
                static_cast<unsigned long long>(tally.runs),
                static_cast<unsigned long long>(tally.connections),
                static_cast<unsigned long long>(tally.faults), static_cast<unsigned long long>(tally.lost),
                static_cast<unsigned long long>(tally.duplicates), one.failures.empty() ? "" : ":");
    for (const std::string& failure : one.failures) std::printf("    %s\n", failure.c_str());
    sum.runs += tally.runs;
    sum.carriers += tally.carriers;
    sum.faults += tally.faults;
    sum.most_conflicts = std::max(sum.most_conflicts, tally.most_conflicts);
  }
  std::printf(
      "%llu runs, %llu carriers, %llu faults, %llu attacks in %.1f s; at most %u refusals with 409 in a "
      "row\n",
      static_cast<unsigned long long>(sum.runs), static_cast<unsigned long long>(sum.carriers),
      static_cast<unsigned long long>(sum.faults), static_cast<unsigned long long>(runner.attacks()), took,
      sum.most_conflicts);
  std::printf("%u passed, %u failed, 0 skipped\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}

int run(int count, char** arguments) {
  using Clock = std::chrono::steady_clock;
  const Options options = read_options(count, arguments);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  constexpr unsigned kStrays = 100;
  constexpr std::uint64_t kDescriptors = 20;  // of one run, about, with its proxy and the server's end
  const std::uint64_t in_flight =
      std::clamp<std::uint64_t>(files.rlim_cur / kDescriptors, 1, options.in_flight);
  const auto began = Clock::now();
  auto host = std::make_unique<Host>(static_cast<unsigned>(options.workers));
  const std::vector<Case> all = cases(options);
  std::uint64_t runs = 0;
  for (const Case& one : all) runs += one.seeds;
  Runner runner(*host, all, static_cast<unsigned>(in_flight), options.all() ? kStrays : 0);
  const auto until = began + std::chrono::minutes(options.minutes);
  bool is_flat = true;
  if (options.all()) {
    is_flat = run_rounds(runner, options, runs);
  } else {
    runner.run([&] { return options.minutes == 0 || Clock::now() < until; });
  }
  const std::uint64_t left = host->open_channels();
  host.reset();
  const int status = report(runner, std::chrono::duration<double>(Clock::now() - began).count(), is_flat);
  if (left == 0 || status != 0) return status;
  std::printf("%llu channels have not heard of their end\n", static_cast<unsigned long long>(left));
  return 1;
}

}  // namespace
}  // namespace encke::soak

int main(int count, char** arguments) {
  try {
    return encke::soak::run(count, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "soak: %s\n", error.what());
    return 1;
  }
}
