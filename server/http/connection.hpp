// The server's end of one HTTP/1.x connection: a byte machine between a ByteStream and the router.
//
//            bytes                head complete              body complete
//   idle ───────────▶ head ─────────────────────▶ body ─────────────────────▶ busy (the handler has it)
//    ▲                  │ malformed, too long       │ too large                  │
//    │                  ▼                           ▼                            │ answered
//    └── keep-alive ◀── answer ◀─────────────────────────────────────────────────┤
//                         └── close otherwise                        upgraded ◀──┘
#pragma once

#include <encke/limits.hpp>
#include "server/core/address.hpp"
#include "server/core/byte_stream.hpp"
#include "server/http/exchange.hpp"
#include "server/http/forwarded.hpp"
#include "server/http/head_parser.hpp"
#include "server/http/router.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

namespace encke {
enum class Refusal : std::uint8_t;
}

namespace encke::http {

/// Bounds on what a peer may take; each protects memory or a slot against a peer that is slow on purpose.
struct Limits {
  std::size_t head_bytes = 16 * 1024;       ///< a request's head; 431 beyond
  std::size_t head_fields = 100;            ///< of one; 431 beyond
  std::size_t pipelined_bytes = 64 * 1024;  ///< read ahead behind a request that is being answered
  std::size_t backlog_bytes = 64 * 1024;    ///< unsent answers beyond which no further request is served
  Millis head_time{10'000};                 ///< from the first byte of a head to its end; 408 beyond
  Millis body_time{30'000};                 ///< for each 64 KiB of a body; 408 beyond
  Millis idle_time{75'000};                 ///< between two requests
};

/// As a server's limits have it.
Limits limits_of(const ServerLimits& limits);

/// What the connections of one loop share. Not thread-safe.
struct Shared {
  /// `proxies` are those whose word on their clients is taken.
  explicit Shared(const Router& routes, Networks proxies = {})
      : router(routes), trusted(std::move(proxies)) {}

  const Router& router;
  Networks trusted;
  Limits limits{};
  Request request{};         // the request in hand; its views never outlive the handler's call
  std::span<char> unread{};  // what follows it, during the handler's call
  /// Whom trusted proxies speak for in the requests that are being answered, where that was asked or they
  /// wait. Beside the connections, which need no room for it where there is no proxy.
  std::unordered_map<const void*, Client> clients{};  // by connection
  HeadParser parser{};
  std::string out{};   // scratch of respond() and begin()
  std::string date{};  // the Date field's line, good for date_second
  std::int64_t date_second = -1;
};

class Connection final : public ByteStream::Owner, public Exchange, public Turn::Task {
 public:
  Connection(ByteStream& stream, Shared& shared);
  ~Connection() override;

  void on_bytes(std::span<char> bytes) override;
  void on_drained() override;
  void on_lost() override;
  void on_deadline() override;
  /// Called by the turn.
  void end_of_turn() { consume_pending(); }

  const Request& request() const override { return shared_.request; }
  void respond(const ResponseHead& head, std::string_view body) override;
  void wait(std::unique_ptr<Exchange::Owner> owner) override;
  void begin(const ResponseHead& head) override;
  bool chunked() const override { return http11_; }
  void write_framed(std::string_view bytes) override {
    if (!head_only_) stream_.write(bytes);
  }
  void end() override;
  void abort() override;
  std::size_t queued() const override { return stream_.queued(); }
  void limit_unsent(std::size_t bytes) override { stream_.limit_unsent(bytes); }
  ByteStream& upgrade(std::string& unread) override;
  std::string remote_address() const override;
  bool secure() const override;
  const LoopContext& loop() const override { return stream_.loop(); }

 private:
  struct Body;

  void consume_pending();
  std::size_t consume(std::span<char> input);
  std::size_t consume_head(std::span<char> input);
  std::size_t consume_body(std::span<char> input);
  Admission admit();
  void start_body(std::string_view head, BodyFraming framing, std::size_t limit);
  void refuse(const Response& response);
  void refuse(int status, std::string_view text);
  void write_head(const ResponseHead& head, std::string& out);
  /// Found out when it is first asked for; null where nobody speaks for others here, or it is too late.
  const Client* client() const;
  void over();
  void finish();
  bool has_pending() const { return pending_ && !pending_->empty(); }
  std::string& pending() {
    if (!pending_) pending_ = std::make_unique<std::string>();
    return *pending_;
  }
  bool may_read() const { return !busy_ && !over_ && !draining_; }

  bool busy_ = false;       // a handler has the request
  bool begun_ = false;      // begin() was called
  bool over_ = false;       // closed, lost, upgraded or handed over
  bool draining_ = false;   // answers wait for a slow peer
  bool consuming_ = false;  // consume() is on the stack
  bool paused_ = false;
  bool timed_ = false;  // the deadline of a head runs
  bool http11_ = true;
  bool keep_alive_ = true;
  bool head_only_ = false;
  std::uint32_t scanned_ = 0;  // how much of a partial head has been searched for its end
  ByteStream& stream_;
  Shared& shared_;
  std::unique_ptr<std::string> pending_;  // bytes that came too early, or a head that is not whole
  std::unique_ptr<Body> body_;            // a request whose body is still coming
  std::unique_ptr<Exchange::Owner> owner_;
};

}  // namespace encke::http
