// A session and its outbox against a model of them: random carriers, losses, pauses and closes, from fixed
// seeds.
//
// What must hold at every step: a session's frames begin with one open; then each message that the
// application sent, in its order, none twice, none invented, none left out; a close only behind all of them,
// unless the reader fell behind; nothing goes to a carrier that has ended; on_close comes once.
#include "tests/core/fakes.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <memory>
#include <random>
#include <string>

using namespace encke;

namespace {

using Then = Taken::Then;

class Model;

class RandomCarrier final : public Carrier {
 public:
  explicit RandomCarrier(Model& model) : model_(model) {}
  Taken write(std::span<const Frame> frames) override;
  void finish(Detach why) override;
  bool answers_heartbeats() const override { return answers; }

  bool answers = false;
  bool over = false;
  bool full = false;

 private:
  Model& model_;
};

class Model {
 public:
  explicit Model(unsigned seed) : random_(seed) {
    options_.outbox_bytes = 1'000;
    sessions_ = std::make_unique<Sessions>(LoopContext{timers_, turn_}, "/model", options_,
                                           [this](Channel& channel) { opened(channel); });
  }
  ~Model() { sessions_.reset(); }

  void step() {
    if (session_ == nullptr) start();
    if (!open_ && random_() % 8 == 0) {  // a closed session is of interest for some steps only
      timers_.advance(timers_.now() + Millis{6'000});
      end_turn();
      return;
    }
    switch (random_() % 16) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        send();
        break;
      case 5:
      case 6:
      case 7:
        attach();
        break;
      case 8:
      case 9:
        if (current_ != nullptr) {
          current_->full = false;
          session_->ready(*current_);
        }
        break;
      case 10:
        if (current_ != nullptr && random_() % 4 == 0) release(Detach::finished);
        break;
      case 11:
        if (current_ != nullptr && random_() % 40 == 0) release(Detach::lost);
        break;
      case 12:
        receive();
        break;
      case 13:
        if (random_() % 30 == 0) close();
        break;
      case 14:
        timers_.advance(timers_.now() + Millis{static_cast<int>(random_() % 1'000)});
        break;
      default:
        if (current_ != nullptr) session_->alive(*current_);
    }
    if (random_() % 3 == 0) end_turn();
    if (open_) REQUIRE(channel_->buffered() == bytes_sent_ - bytes_taken_);
  }
  void end_turn() {
    turn_.end();
    if (sessions_->find(kId) != nullptr) return;
    REQUIRE(!open_);
    REQUIRE(closes_ == 1);
    REQUIRE(current_ == nullptr);
    session_ = nullptr;
  }

  /// What a carrier took.
  void took(const Frame& frame) {
    switch (frame.kind) {
      case Frame::Kind::open:
        REQUIRE(!open_written_);
        open_written_ = true;
        return;
      case Frame::Kind::heartbeat:
        return;
      case Frame::Kind::acknowledgement:
      case Frame::Kind::beginning:
        FAIL("sessions that cannot resume acknowledge nothing");
        return;
      case Frame::Kind::close:
        REQUIRE(open_written_);
        REQUIRE(!open_);
        REQUIRE((dropped_ || taken_ == sent_));
        return;
      case Frame::Kind::message:
        break;
    }
    REQUIRE(open_written_);
    REQUIRE(!dropped_);
    std::uint64_t number = 0;
    const std::string_view text = frame.message->data();
    std::from_chars(text.data(), text.data() + text.size(), number);
    REQUIRE(number == taken_);
    REQUIRE(taken_ < sent_);
    ++taken_;
    bytes_taken_ += text.size();
    ++delivered;
  }
  void gone(RandomCarrier& carrier) {
    REQUIRE(&carrier == current_);
    current_ = std::exchange(attaching_, nullptr);
  }
  bool current(const RandomCarrier& carrier) const { return &carrier == current_; }
  std::mt19937& random() { return random_; }

  std::uint64_t delivered = 0;
  std::uint64_t sessions_seen = 0;
  std::uint64_t overflows = 0;

 private:
  static constexpr const char* kId = "session";

  void opened(Channel& channel) {
    channel_ = &channel;
    channel.on_message(
        [this](const Message& message) { REQUIRE(message.data() == std::to_string(received_)); });
    channel.on_close([this](const CloseReason&) {
      REQUIRE(++closes_ == 1);
      open_ = false;
    });
  }
  void start() {
    carriers_.clear();
    sent_ = taken_ = received_ = 0;
    bytes_sent_ = bytes_taken_ = 0;
    closes_ = 0;
    open_written_ = dropped_ = false;
    open_ = true;
    ++sessions_seen;
    session_ = &sessions_->open(kId, {});
  }
  void send() {
    std::string text = std::to_string(sent_) + ' ';
    text.append(random_() % 100, 'x');
    const bool was_open = session_->is_open();
    REQUIRE(was_open == open_);
    if (session_->send(Message::text(text))) {
      REQUIRE(was_open);
      ++sent_;
      bytes_sent_ += text.size();
    } else if (was_open) {
      ++overflows;
      dropped_ = true;
      open_ = false;
    }
  }
  void attach() {
    if (sessions_->find(kId) == nullptr) return;
    carriers_.push_back(std::make_unique<RandomCarrier>(*this));
    RandomCarrier& carrier = *carriers_.back();
    carrier.answers = random_() % 2 == 0;
    // Attaching flushes what a closing session has for its carrier; where that ends it, the new one takes its
    // place.
    RandomCarrier* const before = current_;
    const bool refused = before != nullptr && (session_->is_open() || before->full);
    if (before == nullptr) {
      current_ = &carrier;
    } else if (!refused) {
      attaching_ = &carrier;
    }
    session_->attach(carrier);
    attaching_ = nullptr;
    if (refused) REQUIRE(carrier.over);
  }
  void release(Detach why) {
    RandomCarrier& carrier = *std::exchange(current_, nullptr);
    carrier.over = true;
    session_->detach(carrier, why);
  }
  void receive() {
    if (!open_) return;
    const std::string text = std::to_string(received_);
    session_->receive(Message::text(text));
    ++received_;
  }
  void close() {
    session_->close(3000, "done");
    open_ = false;
  }

  std::mt19937 random_;
  TimerWheel timers_;
  Turn turn_;
  ServiceOptions options_;
  std::vector<std::unique_ptr<RandomCarrier>> carriers_;
  Channel* channel_ = nullptr;
  Session* session_ = nullptr;
  RandomCarrier* current_ = nullptr;
  RandomCarrier* attaching_ = nullptr;  // takes current_'s place if that ends
  std::uint64_t sent_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t received_ = 0;
  std::size_t bytes_sent_ = 0;
  std::size_t bytes_taken_ = 0;
  int closes_ = 0;
  bool open_ = false;
  bool open_written_ = false;
  bool dropped_ = false;
  std::unique_ptr<Sessions> sessions_;
};

Taken RandomCarrier::write(std::span<const Frame> frames) {
  REQUIRE(!over);
  REQUIRE(!frames.empty());
  if (!model_.current(*this)) {  // refused: told so, and nothing else
    REQUIRE(frames.size() == 1);
    REQUIRE(frames[0].kind == Frame::Kind::close);
    REQUIRE(frames[0].reason->code == close_code::kAnotherCarrier);
    return {1, Then::more};
  }
  REQUIRE(!full);
  std::mt19937& random = model_.random();
  const std::size_t take = random() % 3 == 0 ? random() % (frames.size() + 1) : frames.size();
  for (const Frame& frame : frames.first(take)) model_.took(frame);
  const unsigned choice = random() % 4;
  if (choice == 0) {
    over = true;
    model_.gone(*this);
    return {take, Then::finished};
  }
  full = take < frames.size() || choice == 1;
  return {take, full ? Then::wait : Then::more};
}

void RandomCarrier::finish(Detach why) {
  REQUIRE(!over);
  over = true;
  if (why != Detach::refused) model_.gone(*this);
}

}  // namespace

TEST_CASE(
    "whatever carriers do, every message that leaves is the next one (random, fixed seeds) (PROTOCOL 4.3, "
    "5)") {
  for (const unsigned seed : {101u, 102u, 103u, 104u, 105u, 106u}) {
    CAPTURE(seed);
    Model model(seed);
    for (int step = 0; step < 25'000; ++step) model.step();
    model.end_turn();
    CHECK(model.delivered > 3'000);
    CHECK(model.sessions_seen > 20);
    CHECK(model.overflows > 5);
  }
}
