// A resumable session against a model of PROTOCOL 6: what must hold.
#include "tests/core/resume_link.hpp"

#include <algorithm>
#include <utility>

namespace encke::test {

Taken ResumeModel::Link::write(std::span<const Frame> frames) {
  model.expect(!over, "a carrier that has ended is written to");
  model.expect(!full, "a carrier that is full is written to");
  model.expect(!frames.empty(), "a write has frames");
  if (model.joining_ == this) {
    model.expect(model.current_ == nullptr, "6.6.2 the carrier before is ended first");
    model.current_ = std::exchange(model.joining_, nullptr);
  }
  model.expect(model.current_ == this, "only the carrier at work is written to");
  ++writes;
  Take wanted = model.appetite_ ? model.appetite_(frames.size()) : Take{};
  wanted.frames = std::min(wanted.frames, frames.size());
  if (wanted.then == Taken::Then::more && wanted.frames < frames.size()) wanted.then = Taken::Then::wait;
  for (std::size_t index = 0; index < frames.size(); ++index) {
    const Frame::Kind kind = frames[index].kind;
    model.expect(kind != Frame::Kind::open, "6 there is no open frame");
    if (kind == Frame::Kind::heartbeat) model.expect(frames.size() == 1, "a heartbeat comes alone");
    if (kind == Frame::Kind::acknowledgement) model.expect(index == 0, "an acknowledgement comes first");
    if (kind == Frame::Kind::beginning) model.expect(index < 2, "a beginning comes before all messages");
    if (kind == Frame::Kind::close)
      model.expect(index + 1 == frames.size(), "6.3 the close is the last frame");
  }
  for (const Frame& frame : frames.first(wanted.frames)) take(frame);
  full = wanted.then == Taken::Then::wait;
  if (wanted.then == Taken::Then::finished) {
    over = true;
    model.gone(*this);
  }
  return {wanted.frames, wanted.then};
}

void ResumeModel::Link::take(const Frame& frame) {
  if (!model.broken_.empty()) return;
  model.expect(!closed, "6.3 nothing comes behind the close");
  const bool first = !std::exchange(began, true);
  model.expect(!first || !tell || frame.kind == Frame::Kind::acknowledgement, "6.6.3 the first frame is k");
  Item item{.kind = frame.kind};
  switch (frame.kind) {
    case Frame::Kind::acknowledgement:
      model.expect(frame.number >= said, "6.4 k never goes back");
      model.expect(frame.number == model.session_->delivered(), "6.3 k is what was delivered");
      model.expect(frame.number == model.heard_, "6.3 k is what the service has heard");
      said = item.value = frame.number;
      model.told(frame.number);
      break;
    case Frame::Kind::beginning:
      model.expect(std::exchange(overtaken, false), "6.5 s comes once, on a carrier that was overtaken");
      model.expect(frame.number == next, "6.5 s is the number of the next message");
      item.value = frame.number;
      break;
    case Frame::Kind::message: {
      model.expect(!overtaken, "6.5 s comes before the first message");
      model.expect(next < model.down_.size(), "no message is invented");
      if (!model.broken_.empty()) return;
      const Down& down = model.down_[next];
      model.expect(frame.message->data() == down_message(down).data(), "5.1 messages leave in order");
      const std::size_t before = model.cost_between(model.acknowledged_, next);
      const std::size_t window = model.options_.outbox_bytes / 2;
      model.expect(before < window / 4 || before + down.cost <= window,
                   "6.8 the window bounds what is not acknowledged");
      item.value = down.serial;
      item.cost = down.cost;
      ++next;
      model.taken_ = std::max(model.taken_, next);
      break;
    }
    case Frame::Kind::close:
      model.expect(model.closing_ || model.page_closed_, "c comes when somebody closed");
      model.expect(next == model.down_.size() || model.page_closed_, "6.10 c follows the last message");
      closed = true;
      break;
    case Frame::Kind::heartbeat:
      model.expect(answers || model.told_ == model.heard_ || model.closing_,
                   "6.8 k comes in place of a heartbeat where it is due");
      break;
    case Frame::Kind::open:
      break;
  }
  if (!deaf) wire.push_back(item);
}

void ResumeModel::Link::finish(Detach why) {
  model.expect(!over, "a carrier that has ended is finished again");
  over = true;
  model.gone(*this);
  switch (why) {
    case Detach::replaced:
      model.expect(model.joining_ != nullptr, "6.6.2 only a higher carrier replaces one");
      break;
    case Detach::closed:
      model.ending_ = true;
      break;
    case Detach::lost:
      model.expect(answers || model.closing_ || model.page_closed_, "6.7 a carrier is cut off for a reason");
      break;
    default:
      model.expect(false, "a carrier is finished for a reason");
  }
}

void ResumeModel::Post::on_delivered() {
  model.expect(!std::exchange(answered, true), "a send is answered once");
  if (model.session_ == nullptr) return;
  const std::uint64_t number = model.session_->delivered();
  model.expect(number == model.heard_, "6.4 the answer to a send is what the service has heard");
  const bool ends = model.closing_ || model.closes_ > 0 || model.channel_ == nullptr;
  model.expect(number >= end || ends || model.displacing_,
               "6.8 a send is answered when what it brought was delivered");
  model.session_->told();
  model.told(number);
  if (hears) model.base_ = std::max(model.base_, std::min(number, model.posted_));
}

ResumeModel::Snapshot ResumeModel::snapshot() const {
  const Outbox& outbox = session_->outbox();
  return {.first = outbox.first(),
          .next = outbox.next(),
          .sent = outbox.sent(),
          .end = outbox.end(),
          .delivered = session_->delivered(),
          .cost = outbox.cost()};
}

std::size_t ResumeModel::cost_between(std::uint64_t from, std::uint64_t to) const {
  std::size_t cost = 0;
  for (; from < to; ++from) cost += down_[from].cost;
  return cost;
}

void ResumeModel::after(bool turn_ended) {
  if (over() || !broken_.empty()) return;
  if (sessions_->find(kId) == nullptr) {
    turn_.end();
    session_ = nullptr;
    expect(closes_ == (channel_ == nullptr ? 0 : 1), "on_close comes when the session is over");
    expect(current_ == nullptr, "no carrier outlives its session");
    return;
  }
  expect(closes_ == 0 || page_closed_, "a session that is closed is over");
  expect(!ending_, "a carrier is told of the end at the end only");
  check_numbers();
  if (turn_ended) check_turn();
}

void ResumeModel::check_numbers() {
  const Outbox& outbox = session_->outbox();
  expect(outbox.end() == down_.size(), "5.1 the end is one behind the last message");
  expect(outbox.sent() == taken_, "5.1 what carriers took is remembered");
  expect(outbox.first() >= lowest_, "5.1 numbers never go back");
  lowest_ = outbox.first();
  expect(outbox.next() == (current_ == nullptr ? outbox.first() : current_->next),
         "5.1 the next is the carrier's");
  const std::uint64_t needed = current_ == nullptr ? acknowledged_ : std::min(acknowledged_, current_->next);
  expect(outbox.first() == needed, "6.5 A lets go of what lies below it");
  expect(session_->delivered() == heard_, "6.3 delivered is what the service has heard");
  // When all that was sent before is with the carrier any message fits, and one that no carrier has had is
  // never dropped.
  std::size_t biggest = 0;
  for (std::size_t index = 0; index < outbox.size(); ++index) {
    biggest = std::max(biggest, outbox.held(index).size() + Outbox::kMessageCost);
  }
  const bool few = options_.slow_reader == SlowReader::drop_oldest && outbox.end() - taken_ < 3;
  expect(few || outbox.cost() <= options_.outbox_bytes + 2 * biggest, "6.8 the outbox keeps to its bound");
  LiveCounts& counts = sessions_->counts();
  expect(counts.slow_closed == fell_behind_ && counts.slow_blocked == blocked_ &&
             counts.slow_dropped == dropped_,
         "6.8 each slow reader is counted");
}

void ResumeModel::check_turn() {
  if (channel_ == nullptr) {
    expect(current_ == nullptr, "6.2 the service hears of the first carrier");
    return;
  }
  const Outbox& outbox = session_->outbox();
  if (current_ != nullptr && !current_->full) {
    if (outbox.pending() > 0) {
      const std::size_t out = cost_between(acknowledged_, std::max(acknowledged_, outbox.next()));
      const std::size_t window = options_.outbox_bytes / 2;
      const std::size_t more = outbox.peek(0).size() + Outbox::kMessageCost;
      expect(out >= window / 4 && out + more > window, "4.3 what can leave has left at the end of the turn");
    }
    if (!closing_ && !page_closed_) {
      expect(told_cost_ < options_.outbox_bytes / 8, "6.8 k leaves when it is due");
    }
    if (closing_ && outbox.pending() == 0) expect(current_->closed, "6.10 the close has left");
  }
  if (!closing_ && !paused_ && outbox.cost() <= options_.outbox_bytes / 2) {
    expect(heard_ == accepted_, "6.8 what was held is delivered when nothing holds it");
    expect(waiting_ == nullptr || waiting_->answered, "6.8 a send is answered when nothing holds it");
  }
  if (!closing_ && wants_writable_ && outbox.first() > wanted_at_) {
    expect(outbox.cost() > options_.outbox_bytes / 4, "6.8 on_writable comes as soon as there is room");
  }
  if (current_ == nullptr) {
    expect(timers_.now() - gone_at_ < options_.resume_window + TimerWheel::kTick,
           "6.7 the window has an end");
  }
}

void ResumeModel::settles() {
  if (over() || !broken_.empty()) return;
  event("settles");
  const bool page_was_gone = page_closed_;
  appetite_ = {};
  if (paused_) service_resumes();
  for (int round = 0; round < 100 && !over() && broken_.empty(); ++round) {
    if (page_closed_) {
      if (channel_ == nullptr) page_joins(1, arrived_);
      turn_ends();
      continue;
    }
    if (current_ == nullptr || current_->deaf || current_->closed) {
      page_joins(1, arrived_);
    } else if (current_->full) {
      carrier_is_ready();
    }
    turn_ends();
    for (std::size_t index = 0; index < links_.size(); ++index) frames_arrive(index, 1'000'000);
    if (over()) break;
    if (unsaid_cost_ >= options_.outbox_bytes / 8) page_acknowledges(arrived_);
    if (!closing_ && base_ < said_.size()) {
      page_posts(0, 1'000);
      post_arrives(posts_.size() - 1, false, Answer::arrives);
    }
    if (page_saw_close_) page_closes();
    if (!closing_ && !page_closed_ && arrived_ == down_.size() && heard_ == said_.size()) return;
  }
  expect(over(), "6 in the end everything arrives");
  if (closing_ && !page_was_gone)
    expect(arrived_ == down_.size(), "6.10 what was sent before the close has arrived");
}

}  // namespace encke::test
