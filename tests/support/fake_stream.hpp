// A loop without a loop and a stream without a socket: bytes come, time passes and turns end when a test says
// so. What breaks the contract of ByteStream ends the program.
#pragma once

#include "server/core/byte_stream.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace encke::test {

inline void must(bool holds, const char* rule) {
  if (holds) return;
  std::fprintf(stderr, "broken contract: %s\n", rule);
  std::abort();
}

/// Declared before the streams that live on it.
struct FakeLoop {
  explicit FakeLoop(unsigned worker = 0, unsigned workers = 1) : context{timers, turn, worker, workers} {}
  ~FakeLoop() { turn.end(); }

  /// Lets time go by as a loop sees it: tick by tick, each followed by the end of a turn.
  void pass(Millis time) {
    const Millis until = timers.now() + time;
    while (timers.now() < until) {
      timers.advance(std::min(until, timers.now() + TimerWheel::kTick));
      turn.end();
    }
  }

  TimerWheel timers;
  Turn turn;
  LoopContext context;
};

/// A peer that takes everything, until a test limits it.
class FakeStream final : public ByteStream, private TimerWheel::Timer {
 public:
  enum class State { open, closed, left, aborted, lost, moved };
  static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

  explicit FakeStream(FakeLoop& loop) : loop_(loop) {}
  ~FakeStream() {
    if (state_ == State::open) lose();
    loop_.turn.end();
  }
  FakeStream(const FakeStream&) = delete;
  FakeStream& operator=(const FakeStream&) = delete;

  // ---- what a test does ----------------------------------------------------------------------------------

  /// The peer sends; what comes while the stream is paused is kept until it is resumed. Ends the turn.
  void give(std::string_view bytes) {
    inbox_ += bytes;
    settle();
  }
  /// Ends the turn, and delivers what has been kept for a paused stream.
  void settle() {
    loop_.turn.end();
    while (state_ == State::open && !paused_ && !inbox_.empty()) {
      // From memory of their own, and gone afterwards, so that a view kept too long is found.
      const std::string bytes = std::exchange(inbox_, {});
      auto copy = std::make_unique<char[]>(bytes.size());
      std::copy(bytes.begin(), bytes.end(), copy.get());
      must(owner_ != nullptr, "an open stream has an owner");
      owner_->on_bytes({copy.get(), bytes.size()});
      std::fill_n(copy.get(), bytes.size(), '#');
      loop_.turn.end();
    }
  }
  /// The peer takes `bytes` more, what is queued included, and then no more.
  void take_only(std::size_t bytes) {
    room_ = bytes;
    move_queue();
  }
  /// The peer takes all that is queued, and what comes. Ends the turn.
  void drain() {
    take_only(kAll);
    settle();
  }
  /// The peer is gone. Ends the turn.
  void lose() {
    must(state_ == State::open, "only an open stream can be lost");
    state_ = State::lost;
    clear();
    if (owner_) owner_->on_lost();
    if (owner_) loop_.turn.bury(std::move(owner_));
    loop_.turn.end();
  }
  /// What has reached the peer since the last call.
  std::string sent() { return std::exchange(sent_, {}); }

  State state() const { return state_; }
  bool open() const { return state_ == State::open; }
  bool paused() const { return paused_; }
  /// How many requests, frames and messages were dealt with by catch_up().
  std::uint64_t caught_up() const { return caught_up_; }
  void set_behind(bool behind) { behind_ = behind; }
  bool has_deadline() const { return is_set(); }
  bool has_owner() const { return owner_ != nullptr; }
  /// Of hand_over().
  unsigned moved_to() const { return moved_to_; }
  const std::string& unread() const { return unread_; }
  /// Bytes that the paused stream has not read.
  std::size_t inbox() const { return inbox_.size(); }

  bool encrypted = false;
  std::size_t most_unsent = 0;  ///< of limit_unsent(); 0: it was not called
  std::string address = "192.0.2.7";
  bool spoken_for = false;

  // ---- ByteStream ----------------------------------------------------------------------------------------

  void set_owner(std::unique_ptr<Owner> owner) override {
    must(state_ == State::open, "a new owner is for an open stream");
    if (owner_) loop_.turn.bury(std::move(owner_));
    owner_ = std::move(owner);
  }
  void write(std::string_view bytes) override {
    if (state_ != State::open) return;
    const std::size_t taken = queue_.empty() ? std::min(bytes.size(), room_) : 0;
    sent_ += bytes.substr(0, taken);
    if (room_ != kAll) room_ -= taken;
    queue_ += bytes.substr(taken);
  }
  std::size_t queued() const override { return queue_.size(); }
  void close() override { end(State::closed); }
  void leave() override {
    queue_.clear();
    end(State::left);
  }
  void abort() override {
    if (state_ == State::open) queue_.clear();
    end(State::aborted);
  }
  void pause() override {
    if (state_ == State::open) paused_ = true;
  }
  void resume() override { paused_ = false; }
  void catch_up(const std::function<void()>& work) override {
    const std::uint64_t before = loop_.turn.asked().pieces;
    work();
    caught_up_ += loop_.turn.asked().pieces - before;
  }
  bool behind() const override { return behind_; }
  void set_deadline(Millis delay) override {
    must(state_ == State::open, "only an open stream has a deadline");
    loop_.timers.set(*this, delay);
  }
  void clear_deadline() override { clear(); }
  void hand_over(unsigned worker, std::string unread) override {
    must(state_ == State::open, "only an open stream moves");
    moved_to_ = worker;
    unread_ = std::move(unread);
    end(State::moved);
  }
  std::string remote_address() const override { return address; }
  void limit_unsent(std::size_t bytes) override { most_unsent = bytes; }
  void speaks_for(std::string_view client) override {
    address = client;
    spoken_for = true;
  }
  bool secure() const override { return encrypted; }
  const LoopContext& loop() const override { return loop_.context; }

 private:
  void on_timer() override {
    if (state_ == State::open && owner_) owner_->on_deadline();
  }
  void end(State how) {
    if (state_ != State::open) return;
    state_ = how;
    paused_ = false;
    clear();
    if (owner_) loop_.turn.bury(std::move(owner_));
  }
  void move_queue() {
    if (queue_.empty()) return;
    const std::size_t taken = std::min(queue_.size(), room_);
    sent_ += queue_.substr(0, taken);
    queue_.erase(0, taken);
    if (room_ != kAll) room_ -= taken;
    if (queue_.empty() && state_ == State::open && owner_) owner_->on_drained();
  }

  FakeLoop& loop_;
  std::unique_ptr<Owner> owner_;
  std::string inbox_;
  std::string queue_;
  std::string sent_;
  std::string unread_;
  std::size_t room_ = kAll;
  unsigned moved_to_ = 0;
  State state_ = State::open;
  bool paused_ = false;
  std::uint64_t caught_up_ = 0;
  bool behind_ = false;
};

}  // namespace encke::test
