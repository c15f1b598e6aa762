// Readers of a live feed on several loops.
#pragma once

#include "server/services/live_feed.hpp"
#include "tests/core/fakes.hpp"
#include "tests/net/support.hpp"

namespace encke::test {

using namespace encke::services;

/// One loop's sessions of a feed, made and let go on that loop.
struct FeedReader {
  FeedReader(const LoopContext& loop, const Service& service) : sessions(loop, "/feed", options(), service) {
    session = &sessions.open("id", {});
    session->attach(carrier);
  }
  static ServiceOptions options() {
    ServiceOptions options;
    options.slow_reader = SlowReader::block;
    return options;
  }
  FakeCarrier carrier;
  Sessions sessions;
  Session* session;
};

/// Loops with a reader each.
struct Feeding {
  explicit Feeding(const LiveFeedOptions& options, unsigned workers = 3, std::size_t longest = 1000,
                   std::unique_ptr<FeedSource> source = nullptr)
      : running(workers),
        feed(std::make_shared<LiveFeed>(running.workers, options, longest, SlowPolicy{}, std::move(source))),
        readers(workers) {
    feed->start();
    running.start();
    for (unsigned worker = 0; worker < workers; ++worker) {
      running.on(worker, [&, worker] {
        readers[worker] =
            std::make_unique<FeedReader>(running.workers.loop(worker).context(), feed->service());
      });
    }
  }
  ~Feeding() {
    for (unsigned worker = 0; worker < readers.size(); ++worker) {
      running.on(worker, [&, worker] {
        if (worker == LiveFeed::kHome) feed->stop();
        readers[worker].reset();
      });
    }
  }
  /// What the readers were told until each has been told something that ends so.
  std::vector<std::string> until(const std::string& end) {
    std::vector<std::string> said(readers.size());
    for (unsigned worker = 0; worker < readers.size(); ++worker) {
      const auto late = std::chrono::steady_clock::now() + kWatchdog;
      while (!said[worker].ends_with(end)) {
        REQUIRE(std::chrono::steady_clock::now() < late);
        running.on(worker, [&, worker] {
          const std::string more = readers[worker]->carrier.said();
          if (!more.empty()) said[worker] += (said[worker].empty() ? "" : " ") + more;
        });
        std::this_thread::yield();
      }
    }
    return said;
  }
  Running running;
  std::shared_ptr<LiveFeed> feed;
  std::vector<std::unique_ptr<FeedReader>> readers;
};

}  // namespace encke::test
