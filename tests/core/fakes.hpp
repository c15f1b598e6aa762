// Carriers that do as a test says, and a loop whose time a test passes by hand.
#pragma once

#include "server/core/sessions.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace encke::test {

/// Takes frames by a script and writes down what it took: "o", "h", "m:text", "c:3000 Go away!".
class FakeCarrier final : public Carrier {
 public:
  using Then = Taken::Then;
  static constexpr std::size_t kAll = static_cast<std::size_t>(-1);
  enum class Kind {
    socket,  ///< takes all, for ever
    poll,    ///< takes one frame, or all the messages in a row, and is finished
  };
  struct Step {
    std::size_t take = kAll;
    Then then = Then::more;
  };

  explicit FakeCarrier(Kind kind = Kind::socket) : kind_(kind) {}
  /// Does these steps first, one for each write, and then as its kind does.
  explicit FakeCarrier(std::deque<Step> steps) : script(std::move(steps)) {}
  FakeCarrier(const FakeCarrier&) = delete;
  FakeCarrier& operator=(const FakeCarrier&) = delete;

  Taken write(std::span<const Frame> frames) override {
    CHECK_MESSAGE(!over_, "a carrier that has ended is written to");
    CHECK(!frames.empty());
    ++writes;
    offered += frames.size();
    Step step;
    if (!script.empty()) {
      step = script.front();
      script.pop_front();
    } else if (kind_ == Kind::poll) {
      step = {1, Then::finished};
      while (frames[0].kind == Frame::Kind::message && step.take < frames.size() &&
             frames[step.take].kind == Frame::Kind::message) {
        ++step.take;
      }
    }
    step.take = std::min(step.take, frames.size());
    for (const Frame& frame : frames) check(frame, frames.size());
    for (const Frame& frame : frames.first(step.take)) note(frame);
    over_ = step.then == Then::finished;
    return {step.take, step.then};
  }
  void finish(Detach why) override {
    CHECK_MESSAGE(!over_, "a carrier that has ended is finished again");
    over_ = true;
    finished.push_back(why);
  }
  bool answers_heartbeats() const override { return answers; }
  bool heard() const override { return hears; }

  /// All frames so far with a blank between; forgets them.
  std::string said() { return std::exchange(log_, {}); }
  bool over() const { return over_; }
  bool finished_as(Detach why) const { return finished.size() == 1 && finished[0] == why; }

  std::deque<Step> script;
  bool answers = false;
  bool hears = false;
  std::size_t writes = 0;
  std::size_t offered = 0;  ///< frames in all writes together
  std::vector<Detach> finished;

 private:
  static void check(const Frame& frame, std::size_t together) {
    if (frame.kind == Frame::Kind::heartbeat) CHECK_MESSAGE(together == 1, "a heartbeat comes alone");
    CHECK((frame.kind == Frame::Kind::message) == (frame.message != nullptr));
    CHECK((frame.kind == Frame::Kind::close) == (frame.reason != nullptr));
  }
  void note(const Frame& frame) {
    if (!log_.empty()) log_ += ' ';
    switch (frame.kind) {
      case Frame::Kind::open:
        CHECK_MESSAGE(!std::exchange(opened_, true), "open comes once");
        log_ += 'o';
        break;
      case Frame::Kind::heartbeat:
        log_ += 'h';
        break;
      case Frame::Kind::acknowledgement:
        (log_ += 'k') += std::to_string(frame.number);
        break;
      case Frame::Kind::beginning:
        (log_ += 's') += std::to_string(frame.number);
        break;
      case Frame::Kind::message:
        (log_ += "m:") += frame.message->data();
        break;
      case Frame::Kind::close:
        CHECK_MESSAGE(!std::exchange(closed_, true), "close comes once");
        ((log_ += "c:") += std::to_string(frame.reason->code)) += ' ';
        log_ += frame.reason->text;
    }
  }

  Kind kind_ = Kind::socket;
  std::string log_;
  bool over_ = false;
  bool opened_ = false;
  bool closed_ = false;
};

/// A loop without a loop: time passes, and turns end, when a test says so. A test declares its carriers
/// first, so that they outlive the sessions.
struct World {
  TimerWheel timers;
  Turn turn;
  LoopContext loop{timers, turn, 3, 4};
  ServiceOptions options;
  std::vector<std::string> faults;
  std::vector<std::string> events;  ///< what the service set by listen() saw
  Channel* channel = nullptr;       ///< the last that opened
  std::vector<std::unique_ptr<FakeCarrier>> polls;
  std::unique_ptr<Sessions> sessions;

  World() { listen(); }

  void serve(Service service) {
    sessions = std::make_unique<Sessions>(loop, "/test", options, std::move(service),
                                          [this](std::string_view what) { faults.emplace_back(what); });
  }
  /// A service that writes down what happens.
  void listen() {
    serve([this](Channel& opened) {
      channel = &opened;
      opened.on_message(
          [this](const Message& message) { events.push_back("m:" + std::string(message.data())); });
      opened.on_close([this](const CloseReason& reason) {
        events.push_back("c:" + std::to_string(reason.code) + " " + reason.text);
      });
      opened.on_writable([this] { events.emplace_back("w"); });
    });
  }
  Session& open(std::string_view id = "abc") {
    Opening opening;
    opening.transport = "fake";
    return sessions->open(id, opening);
  }
  /// Opens a session on `carrier` and ends the turn.
  Session& open_on(FakeCarrier& carrier, std::string_view id = "abc") {
    Session& session = open(id);
    session.attach(carrier);
    turn.end();
    return session;
  }
  /// A poll: its answer, or nothing while it waits.
  std::string poll(Session& session) {
    polls.push_back(std::make_unique<FakeCarrier>(FakeCarrier::Kind::poll));
    session.attach(*polls.back());
    turn.end();
    return polls.back()->said();
  }
  /// Lets time go by as a loop sees it: tick by tick, each followed by the end of a turn.
  void pass(Millis time) {
    const Millis until = timers.now() + time;
    while (timers.now() < until) {
      timers.advance(std::min(until, timers.now() + TimerWheel::kTick));
      turn.end();
    }
  }
  std::vector<std::string> seen() { return std::exchange(events, {}); }
};

using Seen = std::vector<std::string>;

}  // namespace encke::test
