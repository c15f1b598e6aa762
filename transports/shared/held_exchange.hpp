// A request that waits for the application's word, and is then served as if it had just come.
#pragma once

#include "server/core/access.hpp"
#include "server/core/deadline.hpp"
#include "server/core/turn.hpp"
#include "server/http/exchange.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace encke {

/// A copy of a request, for when the bytes that it came in are gone.
class KeptRequest {
 public:
  /// Of the body at most `body_bytes` are kept.
  KeptRequest(const http::Request& request, std::size_t body_bytes);
  KeptRequest(const KeptRequest&) = delete;
  KeptRequest& operator=(const KeptRequest&) = delete;
  const http::Request& request() const { return request_; }

 private:
  std::string bytes_;  // never grows after it was reserved
  http::Request request_;
};

/// Stands for an exchange that it waits in: whoever serves it in the end uses it as the exchange, and may
/// wait in turn. Its peer may vanish at any time, and the answer come at any time or never.
class HeldExchange final : public http::Exchange,
                           public http::Exchange::Owner,
                           public AccessState::Waiter,
                           public Turn::Task,
                           private Deadline {
 public:
  using Serve = std::function<void(http::Exchange&, std::shared_ptr<const AccessAnswer>)>;

  /// `count` is one more as long as this waits. `serve` is called once, unless the peer goes first.
  HeldExchange(http::Exchange& exchange, std::shared_ptr<AccessState> state, Millis time, std::size_t& count,
               Serve serve);
  ~HeldExchange() override;

  // ---- AccessState::Waiter, Exchange::Owner ----
  void on_answer() override;
  void on_drained() override;
  void on_lost() override;

  // ---- Exchange ----
  const http::Request& request() const override { return kept_ ? kept_->request() : exchange_.request(); }
  void respond(const http::ResponseHead& head, std::string_view body) override {
    exchange_.respond(head, body);
  }
  void wait(std::unique_ptr<http::Exchange::Owner> owner) override { owner_ = std::move(owner); }
  void begin(const http::ResponseHead& head) override { exchange_.begin(head); }
  bool chunked() const override { return exchange_.chunked(); }
  void write_framed(std::string_view bytes) override { exchange_.write_framed(bytes); }
  void end() override { exchange_.end(); }
  void abort() override { exchange_.abort(); }
  std::size_t queued() const override { return exchange_.queued(); }
  void limit_unsent(std::size_t bytes) override { exchange_.limit_unsent(bytes); }
  ByteStream& upgrade(std::string& unread) override { return exchange_.upgrade(unread); }
  std::string remote_address() const override { return exchange_.remote_address(); }
  bool secure() const override { return exchange_.secure(); }
  const LoopContext& loop() const override { return exchange_.loop(); }

 private:
  friend class encke::Turn;
  TimerWheel& wheel() const override { return exchange_.loop().timers; }
  void on_deadline_passed() override;
  void end_of_turn();
  void stop_waiting();
  void go_on(std::shared_ptr<const AccessAnswer> answer);

  http::Exchange& exchange_;
  std::shared_ptr<AccessState> state_;
  std::size_t& count_;
  Serve serve_;
  std::unique_ptr<KeptRequest> kept_;             // until it has been served
  std::unique_ptr<http::Exchange::Owner> owner_;  // of whoever serves it
};

}  // namespace encke
