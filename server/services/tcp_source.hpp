// Lines of a TCP server as the source of a live feed.
//
//            start()                connected
//   at rest ─────────▶ connecting ──────────────▶ reading
//                        ▲   │ failed                │ the server ended it, or it was lost
//                        │   ▼                       ▼
//                        └─ pausing ◀────────────────┘
#pragma once

#include "server/core/byte_stream.hpp"
#include "server/net/dialer.hpp"
#include "server/net/endpoint.hpp"
#include "server/services/feed_source.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace encke::services {

/// Connects, takes each line, ended by LF or CR LF, as a message, and connects anew whenever that is over. A
/// line that is cut off by the end of a connection is none.
class TcpFeedSource final : public FeedSource, private TimerWheel::Timer {
 public:
  /// From the end of one connection, or attempt, to the next attempt: twice as long each time that no line
  /// came, and up to half of it less, by chance, so that many servers do not come at once.
  static constexpr Millis kFirstPause{500};
  static constexpr Millis kLongestPause{30'000};

  /// `longest`: bytes of a line without its end. Throws std::runtime_error where `server` is no endpoint.
  TcpFeedSource(const std::string& server, std::size_t longest);
  ~TcpFeedSource() override;

  void start(net::Loop& loop, FeedSink& sink) override;
  void stop() override;

 private:
  class Lines;

  void dial();
  void dialed(const net::Dialed& dialed);
  void pause();
  void take(std::span<const char> bytes);
  void take_line(std::string_view line);
  void ended();
  void on_timer() override { dial(); }

  const net::Endpoint server_;
  const std::size_t longest_;
  net::Loop* loop_ = nullptr;
  FeedSink* sink_ = nullptr;
  std::unique_ptr<net::Dial> dial_;
  ByteStream* stream_ = nullptr;
  Lines* lines_ = nullptr;  // the stream's owner
  Millis pause_ = kFirstPause;
  std::string begun_;      // the beginning of a line
  bool skipping_ = false;  // the rest of a line that is too long
};

}  // namespace encke::services
