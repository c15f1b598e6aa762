// A resumable session against a model of PROTOCOL 6: the events.
#include "tests/core/resume_model.hpp"

#include "tests/core/resume_link.hpp"

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>

namespace encke::test {

namespace {

std::string padded(std::uint64_t serial, std::size_t size) {
  std::string text = std::to_string(serial);
  text += ' ';
  text.append(size, 'x');
  return text;
}

}  // namespace

ResumeModel::ResumeModel(TimerWheel& timers, ServiceOptions options, Appetite appetite, bool trace)
    : options_(std::move(options)),
      appetite_(std::move(appetite)),
      tracing_(trace),
      timers_(timers),
      gone_at_(timers.now()) {
  sessions_ = std::make_unique<Sessions>(LoopContext{timers_, turn_}, "/model", options_,
                                         [this](Channel& channel) { opened(channel); });
  session_ = &sessions_->reserve(kId, std::make_unique<Resumption>());
}

ResumeModel::~ResumeModel() { sessions_.reset(); }

Message ResumeModel::down_message(const Down& down) {
  const std::size_t head = std::to_string(down.serial).size() + 1;
  return Message::text(padded(down.serial, down.cost - Outbox::kMessageCost - head));
}

Message ResumeModel::up_message(std::uint64_t number, std::size_t size) {
  return Message::text(padded(number, size));
}

void ResumeModel::expect(bool holds, std::string_view what) {
  if (!holds && broken_.empty()) broken_ = what;
}

void ResumeModel::event(const char* name, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  ++steps_;
  if (!tracing_) return;
  std::cerr << name << ' ' << a << ' ' << b << ' ' << c << '\n';
}

// ---- what the session calls ----

void ResumeModel::opened(Channel& channel) {
  expect(channel_ == nullptr, "6.2 the service hears of a session once");
  channel_ = &channel;
  channel.on_message([this](const Message& message) { heard(message); });
  channel.on_close([this](const CloseReason& reason) { closed(reason); });
  channel.on_writable([this] {
    expect(wants_writable_, "on_writable comes only when it was asked for");
    expect(session_->outbox().cost() <= options_.outbox_bytes / 4,
           "6.8 on_writable comes when there is room");
    wants_writable_ = false;
  });
}

void ResumeModel::heard(const Message& message) {
  expect(!paused_, "6.8 nothing is delivered while the service has paused");
  expect(!closing_, "4.4 nothing is delivered behind the close");
  expect(closes_ == 0, "nothing is delivered behind on_close");
  expect(heard_ < accepted_, "6.5 a message is delivered once");
  if (!broken_.empty()) return;
  expect(message.data() == up_message(heard_, said_[heard_]).data(),
         "6.5 messages up are delivered in order");
  told_cost_ += message.size() + Outbox::kMessageCost;
  ++heard_;
}

void ResumeModel::closed(const CloseReason& reason) {
  expect(++closes_ == 1, "on_close comes once");
  const bool expired = reason.code == close_code::kAbnormal;
  if (expired) {
    expect(!closing_ && !page_closed_ && current_ == nullptr, "1006 is what a lost session is closed with");
    expect(timers_.now() - gone_at_ >= options_.resume_window, "6.7 a session waits for its whole window");
  } else if (closing_) {
    expect(reason.code == kServerCode || reason.code == close_code::kPolicy,
           "the service is told what it closed with");
  } else {
    expect(page_closed_ && reason.code == kPageCode, "the service is told what the page closed with");
    const bool given_up = paused_ && timers_.now() - page_closed_at_ >= options_.disconnect_delay;
    expect(heard_ == accepted_ || given_up, "6.10 what came before the page's close is delivered before it");
  }
  const std::vector<Message> left = channel_->unacknowledged();
  expect(left.size() == down_.size() - acknowledged_,
         "6.7 unacknowledged() at the end is what never arrived");
  for (std::size_t index = 0; index < left.size() && broken_.empty(); ++index) {
    expect(left[index].data() == down_message(down_[acknowledged_ + index]).data(),
           "6.7 unacknowledged() in order");
  }
}

void ResumeModel::gone(const Link& link) {
  expect(current_ == &link, "only the carrier at work ends");
  current_ = nullptr;
  gone_at_ = timers_.now();
}

void ResumeModel::want_writable() {
  wants_writable_ = true;
  wanted_at_ = session_->outbox().first();
}

void ResumeModel::told(std::uint64_t number) {
  told_ = number;
  told_cost_ = 0;
}

// ---- the service ----

void ResumeModel::service_sends(std::size_t size) {
  if (over() || channel_ == nullptr || closes_ > 0) return;
  event("send", size);
  const Down down{serial_, padded(serial_, size).size() + Outbox::kMessageCost};
  const Outbox& outbox = session_->outbox();
  const std::size_t cost = outbox.cost();
  const bool taken = channel_->send(down_message(down));
  // It may have let go of what a slow carrier still had to be given, and the page had acknowledged.
  const std::size_t beside = outbox.cost() - (taken ? down.cost : 0);
  const std::uint64_t waiting = outbox.end() - outbox.sent() - (taken ? 1 : 0);  // for its first carrier
  const bool fits = waiting == 0 || beside + down.cost <= options_.outbox_bytes;
  if (closing_) {
    expect(!taken, "4.4 nothing is sent behind the close");
  } else if (taken) {
    expect(fits || options_.slow_reader == SlowReader::drop_oldest,
           "6.8 a message that there is no room for is refused");
    ++serial_;
    const std::uint64_t gone = down_.size() + 1 - std::min(outbox.end(), down_.size() + 1);
    expect(gone == 0 ||
               (cost + down.cost > options_.outbox_bytes && options_.slow_reader == SlowReader::drop_oldest),
           "6.8 only a full outbox drops");
    expect(taken_ + gone <= down_.size(), "6.8 what a carrier has had is not dropped");
    if (!broken_.empty()) return;
    down_.erase(down_.begin() + static_cast<std::ptrdiff_t>(taken_),
                down_.begin() + static_cast<std::ptrdiff_t>(taken_ + gone));
    dropped_ += gone;
    down_.push_back(down);
    if (cost > options_.outbox_bytes / 2 && !channel_->writable()) want_writable();
  } else {
    expect(!fits, "6.8 a message that there is room for is taken");
    expect(options_.slow_reader != SlowReader::drop_oldest, "6.8 who drops the oldest refuses nothing");
    if (options_.slow_reader == SlowReader::block) {
      ++blocked_;
      want_writable();
      expect(!channel_->writable(), "6.8 a refused message makes the channel wait for room");
    } else {
      ++fell_behind_;
      closing_ = true;
    }
  }
  after();
}

void ResumeModel::service_closes() {
  if (over() || channel_ == nullptr || closing_ || closes_ > 0) return;
  event("close");
  channel_->close(kServerCode, "enough");
  closing_ = true;
  after();
}

void ResumeModel::service_pauses() {
  if (over() || channel_ == nullptr || closes_ > 0 || paused_) return;
  event("pause");
  channel_->pause();
  paused_ = true;
  after();
}

void ResumeModel::service_resumes() {
  if (over() || channel_ == nullptr || closes_ > 0 || !paused_) return;
  event("resume");
  channel_->resume();
  paused_ = false;
  after();
}

// ---- the carrier at work, the loop, the clock ----

void ResumeModel::carrier_ends() {
  if (over() || current_ == nullptr) return;
  event("carrier ends");
  Link& link = *current_;
  link.over = true;
  gone(link);
  session_->detach(link, Detach::finished);
  after();
}

void ResumeModel::carrier_is_ready() {
  if (over() || current_ == nullptr || !current_->full) return;
  event("ready");
  current_->full = false;
  session_->ready(*current_);
  after();
}

void ResumeModel::carrier_is_alive() {
  if (over() || current_ == nullptr) return;
  session_->alive(*current_);
  after();
}

void ResumeModel::carrier_is_closed() {
  if (over() || current_ == nullptr) return;
  event("carrier is closed");
  Link& link = *current_;
  link.over = true;
  gone(link);
  session_->closed_by_peer(link, {1001, "going"});
  expect((closes_ == 1) == link.closed, "6.10 a WebSocket closed behind c is an answer, and else a loss");
  after();
}

void ResumeModel::turn_ends() {
  event("turn");
  turn_.end();
  after(true);
}

void ResumeModel::time_passes(Millis time) {
  turn_ends();  // as a loop does before it sleeps
  event("time", static_cast<std::uint64_t>(time.count()));
  timers_.advance(timers_.now() + time);
  turn_.end();
  after(true);
}

}  // namespace encke::test
