// Every order of a few events between a resumable session and its page, with two messages each way (PROTOCOL
// 6).
//
// Each event is a letter. An order is cut off where an event does nothing, since the shorter one is tried
// too; each ends with a network that loses nothing any more, over which all must arrive.
#include "tests/core/resume_model.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

using namespace encke;
using namespace encke::test;

namespace {

/// One order of events, played on a fresh session.
class Play {
 public:
  Play(TimerWheel& timers, bool turns) : turns_(turns) {
    ServiceOptions options;
    options.outbox_bytes = 400;  // so that two messages fill half of it, and an acknowledgement is soon due
    options.slow_reader = SlowReader::block;
    model_ = std::make_unique<ResumeModel>(timers, options, [this](std::size_t) { return appetite_; });
  }

  /// False where the event did nothing.
  bool event(char letter) {
    const std::size_t before = model_->steps();
    act(letter);
    if (model_->steps() == before) return false;
    if (turns_ && letter != 't') model_->turn_ends();
    return true;
  }
  const std::string& ends() {
    model_->turn_ends();
    model_->settles();
    return model_->broken();
  }
  const std::string& broken() const { return model_->broken(); }

 private:
  void act(char letter) {
    const std::size_t links = model_->links();
    switch (letter) {
      case 's':  // the service sends
        if (model_->sent_down() < 2) model_->service_sends(50);
        break;
      case 'u':  // the page sends up, as a request that is on its way
        if (model_->said_up() < 2) model_->page_says(50);
        if (model_->posts() < 2) model_->page_posts(0, 2);
        break;
      case 'p':  // a request arrives, and its answer
        model_->post_arrives(0, false, ResumeModel::Answer::arrives);
        break;
      case 'r':  // a request arrives, its answer is lost, and so it will come again
        if (model_->posts() == 1) model_->post_arrives(0, true, ResumeModel::Answer::is_lost);
        break;
      case 'J':  // a socket joins
        appetite_ = {};
        model_->page_joins(1, model_->arrived());
        break;
      case 'P':  // a poll
        appetite_ = {.then = Taken::Then::finished};
        model_->page_joins(1, model_->arrived(), false);
        break;
      case 'W':  // a stream that takes one frame at a time
        appetite_ = {1, Taken::Then::wait};
        model_->page_joins(1, model_->arrived());
        break;
      case 'w':  // it takes the next
        model_->carrier_is_ready();
        break;
      case 'f':  // all that is in the newest carrier arrives
        if (links > 0) model_->frames_arrive(links - 1, 10);
        break;
      case 'o':  // and in the one before it
        if (links > 1) model_->frames_arrive(links - 2, 10);
        break;
      case 'b':  // the newest carrier breaks
        if (links > 0) model_->link_breaks(links - 1, true);
        break;
      case 'a':  // the page acknowledges
        if (model_->arrived() > 0) model_->page_acknowledges(model_->arrived());
        break;
      case 'z':  // the service rests, or goes on
        model_->paused() ? model_->service_resumes() : model_->service_pauses();
        break;
      case 'c':
        model_->service_closes();
        break;
      case 'q':
        model_->page_closes();
        break;
      case 'x':  // long enough for a heartbeat, and for a carrier that is stuck while closing
        model_->time_passes(Millis{30'000});
        break;
      case 't':
        model_->turn_ends();
        break;
      default:
        FAIL("no such event");
    }
  }

  const bool turns_;
  ResumeModel::Take appetite_;
  std::unique_ptr<ResumeModel> model_;
};

/// Plays all orders of up to `length` of `letters`; the number of them.
class Orders {
 public:
  Orders(std::string_view letters, std::size_t length, bool turns)
      : letters_(letters), length_(length), turns_(turns) {}

  std::uint64_t play() {
    extend();
    return played_;
  }

 private:
  /// Whether the order so far makes sense; its extensions follow.
  void extend() {
    if (!order_.empty()) {
      Play play(timers_, turns_);
      for (const char letter : order_) {
        if (!play.event(letter)) return;
      }
      ++played_;
      if (const std::string& broken = play.ends(); !broken.empty()) {
        FAIL("the order " << order_ << std::string(turns_ ? " with turns" : "") << ": " << broken);
      }
    }
    if (order_.size() == length_) return;
    for (const char letter : letters_) {
      order_ += letter;
      extend();
      order_.pop_back();
    }
  }

  const std::string_view letters_;
  const std::size_t length_;
  const bool turns_;
  TimerWheel timers_;
  std::string order_;
  std::uint64_t played_ = 0;
};

}  // namespace

TEST_CASE("6 every order of six of all events keeps the rules, each event a turn of its own") {
  const std::uint64_t played = Orders("supJPfobrazcqxWw", 6, true).play();
  MESSAGE(played << " orders");
  CHECK(played > 10'000);
}

TEST_CASE("6 every order of six events of carriers and messages keeps the rules, several in a turn") {
  const std::uint64_t played = Orders("supJWwfbat", 6, false).play();
  MESSAGE(played << " orders");
  CHECK(played > 10'000);
}

TEST_CASE("6.6 every order of eight joins, losses and frames arriving keeps the rules") {
  const std::uint64_t played = Orders("sJPfob", 8, true).play();
  MESSAGE(played << " orders");
  CHECK(played > 10'000);
}
