// Where the messages of a live feed come from.
#pragma once

#include "server/net/loop.hpp"

#include <cstdint>
#include <string_view>

namespace encke::services {

/// Takes what a source brings, on the feed's home loop. Outlives it.
class FeedSink {
 public:
  /// The bytes are valid during the call.
  virtual void on_message(std::string_view bytes) = 0;
  /// What the source itself has refused.
  virtual void on_too_large() = 0;
  virtual void on_stranger() = 0;
  /// A connection was made, or could not be.
  virtual void on_connected() = 0;
  virtual void on_unconnected() = 0;
  /// No more come in this turn: what has come goes on together.
  virtual void on_pause() = 0;

 protected:
  ~FeedSink() = default;
};

/// A source of one feed. Made on any thread; start() and stop() are called on the home loop, or before that
/// runs.
class FeedSource {
 public:
  FeedSource() = default;
  FeedSource(const FeedSource&) = delete;
  FeedSource& operator=(const FeedSource&) = delete;
  virtual ~FeedSource() = default;

  virtual void start(net::Loop& loop, FeedSink& sink) = 0;
  /// Brings nothing more, and lets go of what it has of the system. A second call does nothing.
  virtual void stop() = 0;
  /// Messages that the system dropped before they were read. Any thread.
  virtual std::uint64_t lost() const { return 0; }
};

}  // namespace encke::services
