// The page's side of the facade's protocol.
#include "tests/support/page_session.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace encke::test {

namespace {

constexpr std::size_t kMessageCost = 48;  // PROTOCOL 6.8

std::size_t cost_of(const Message& message) { return message.size() + kMessageCost; }

std::size_t hash_of(const Message& message) {
  return std::hash<std::string_view>()(message.data()) * 2 + (message.is_binary() ? 1 : 0);
}

/// What a page closes with when it is refused (PROTOCOL 6.9).
CloseReason closed_for(unsigned status) {
  switch (status) {
    case 400:
      return {close_code::kProtocolError, "refused with 400"};
    case 403:
      return {close_code::kPolicy, "refused with 403"};
    case 404:
      return {2011, "the session is gone"};
    case 413:
      return {close_code::kTooBig, "refused with 413"};
    default:
      return {2011, "refused with " + std::to_string(status)};
  }
}

}  // namespace

PageSession::PageSession(Limits limits, OnMessage on_message)
    : limits_(limits), on_message_(std::move(on_message)) {}

// ---- for the application ----

bool PageSession::send(Message message) {
  if (state_ != State::open) return false;
  held_.push_back(std::move(message));
  ++end_;
  return true;
}

void PageSession::close(CloseReason reason) {
  if (state_ != State::open) return;
  state_ = State::closing;
  reason_ = std::move(reason);
  owes_close_ = true;
}

void PageSession::over(CloseReason reason) {
  if (state_ == State::open) reason_ = std::move(reason);
  state_ = State::closed;
}

PageSession::Read PageSession::violated(std::string what) {
  if (violation_.empty()) violation_ = std::move(what);
  over({close_code::kProtocolError, violation_});
  owes_close_ = false;
  return Read::violation;
}

PageSession::Read PageSession::state_read() const {
  return state_ == State::closed ? Read::closed : Read::fine;
}

// ---- down ----

PageSession::Start PageSession::start(Kind kind) {
  Start start{++carriers_, arrived_, {}};
  down_.emplace(start.number, Down{.kind = kind, .next = arrived_});
  say_arrived();
  if (kind == Kind::socket) {
    socket_ = start.number;
    rewind();
    start.hello = "r[" + std::to_string(start.number) + "," + std::to_string(start.arrived) + "," +
                  std::to_string(acknowledged_) + "]";
  }
  return start;
}

PageSession::Read PageSession::frame(std::uint64_t number, std::string_view text) {
  const auto found = down_.find(number);
  assert(found != down_.end());
  Down& down = found->second;
  if (down.finished) return violated("a frame behind the last one of its carrier");
  const auto frame = parse_page_frame(text);
  if (!frame) return violated("a broken frame: " + std::string(text.substr(0, 100)));
  const bool first = !std::exchange(down.begun, true);
  if (frame->kind == PageFrame::Kind::refusal) {
    if (!first) return violated("6.3 a refusal is a carrier's only frame");
    down.finished = true;
    if (number == socket_) close_sent_ = false;  // a refusal takes nothing
    return take_status(frame->reason.code);
  }
  if (first && down.kind != Kind::poll && frame->kind != PageFrame::Kind::acknowledgement) {
    return violated("6.6.3 the first frame of a stream or socket is k");
  }
  conflicts_ = 0;
  switch (frame->kind) {
    case PageFrame::Kind::messages:
      for (const Message& message : frame->messages) {
        if (const Read read = take(down, message); read == Read::violation) return read;
      }
      break;
    case PageFrame::Kind::acknowledgement:
      if (frame->number < down.said) return violated("6.4 k went back on one carrier");
      down.said = frame->number;
      if (!take_acknowledgement(frame->number)) return Read::violation;
      break;
    case PageFrame::Kind::beginning:
      if (frame->number <= down.next) return violated("6.5 a carrier began before its A");
      if (frame->number > arrived_) return violated("6.5 a carrier began beyond what has arrived");
      down.next = frame->number;
      break;
    case PageFrame::Kind::close:
      down.finished = true;
      return take_close(frame->reason);
    case PageFrame::Kind::heartbeat:
    case PageFrame::Kind::refusal:
      break;
  }
  return state_read();
}

PageSession::Read PageSession::binary(std::uint64_t number, std::string_view bytes) {
  const auto found = down_.find(number);
  assert(found != down_.end());
  if (found->second.finished) return violated("a frame behind the last one of its carrier");
  if (found->second.kind != Kind::socket) return violated("6.3 binary messages are a WebSocket's");
  if (!found->second.begun) return violated("6.6.3 the first frame of a stream or socket is k");
  return take(found->second, Message::binary(bytes));
}

PageSession::Read PageSession::take(Down& down, const Message& message) {
  const std::uint64_t number = down.next++;
  if (number > arrived_) return violated("5.1 a number was skipped");
  const std::size_t hash = hash_of(message);
  if (number < arrived_) {
    ++duplicates_;
    const std::uint64_t back = arrived_ - number;
    if (back > seen_.size() || seen_[seen_.size() - back] != hash) {
      return violated("6.5 message " + std::to_string(number) + " came again as another");
    }
    return state_read();
  }
  ++arrived_;
  seen_.push_back(hash);
  ++unsaid_;
  const bool due = unsaid_cost_ >= limits_.window / 4;
  unsaid_cost_ += cost_of(message);
  if (unsaid_ > 1 && due && unsaid_cost_ > limits_.window) {
    return violated("6.8 more than the window is not acknowledged");
  }
  forget_arrived();
  if (state_ != State::closed && on_message_) on_message_(number, message);
  return state_read();
}

/// Lets go of what no carrier can bring again.
void PageSession::forget_arrived() {
  std::uint64_t lowest = arrived_;
  for (const auto& [number, down] : down_) {
    if (!down.finished) lowest = std::min(lowest, down.next);
  }
  while (seen_.size() > arrived_ - lowest) seen_.pop_front();
}

PageSession::Read PageSession::take_close(const CloseReason& reason) {
  if (state_ == State::closed) {
    if (!server_closed_ && close_sent_) owes_close_ = false;
    return Read::closed;
  }
  if (close_sent_) {
    owes_close_ = false;  // the answer to ours
  } else {
    state_ = State::open;  // what the server says counts, even where the page wanted to close too
    server_closed_ = true;
    owes_close_ = true;
  }
  over(reason);
  return Read::closed;
}

PageSession::Read PageSession::take_status(unsigned status) {
  if (status == 409 && (state_ != State::closed || owes_close_)) {
    if (++conflicts_ < limits_.conflicts) return Read::again;
  } else if (status == 404 && (close_tried_ || server_closed_)) {  // taken for the answer to our `c`
    owes_close_ = false;
    over(reason_);
    return Read::closed;
  }
  if (state_ != State::closed) {
    state_ = State::open;
    over(closed_for(status));
  }
  owes_close_ = false;
  return Read::closed;
}

PageSession::Read PageSession::refused(std::uint64_t number, unsigned status) {
  ended(number);
  return take_status(status);
}

void PageSession::ended(std::uint64_t number, bool in_order) {
  down_.erase(number);
  forget_arrived();
  if (number != socket_) return;
  socket_ = 0;
  if (server_closed_ && close_sent_ && in_order && number == carriers_) owes_close_ = false;
  rewind();
}

// ---- up ----

void PageSession::say_arrived() {
  say_again_ = false;
  unsaid_ = 0;
  unsaid_cost_ = 0;
}

void PageSession::rewind() {
  while (first_ < acknowledged_) {
    held_.pop_front();
    ++first_;
  }
  next_ = acknowledged_;
  out_cost_ = 0;
  close_sent_ = false;
}

bool PageSession::take_acknowledgement(std::uint64_t number) {
  if (number > furthest_) {
    violated("6.4 k is beyond what was sent");
    return false;
  }
  for (; acknowledged_ < number; ++acknowledged_) {
    if (acknowledged_ < next_) out_cost_ -= cost_of(held(acknowledged_));
  }
  // A socket counts what goes over it: what arrived by another way must still go over this one.
  const std::uint64_t needed = socket_ == 0 ? acknowledged_ : std::min(acknowledged_, next_);
  while (first_ < needed) {
    held_.pop_front();
    ++first_;
  }
  next_ = std::max(next_, needed);
  return true;
}

bool PageSession::may_send() const {
  if (next_ == end_ || server_closed_ || state_ == State::closed) return false;
  return next_ < acknowledged_ || out_cost_ == 0 || out_cost_ + cost_of(held(next_)) <= limits_.window;
}

bool PageSession::blocked() const {
  return next_ < end_ && state_ != State::closed && !server_closed_ && !may_send();
}

void PageSession::note_sent() {
  if (next_ >= acknowledged_) out_cost_ += cost_of(held(next_));
  furthest_ = std::max(furthest_, ++next_);
}

bool PageSession::close_is_next() const {
  return owes_close_ && !close_sent_ && (server_closed_ || next_ == end_);
}

std::optional<PageSession::Body> PageSession::next_body(std::size_t limit) {
  assert(socket_ == 0);
  Body body{.first = next_, .arrived = arrived_};
  MessageFrames frames;
  while (may_send() && frames.add(held(next_), limit)) note_sent();
  body.text = frames.take();
  if (close_is_next()) {
    if (!body.text.empty()) body.text += '\n';
    body.text += close_frame(reason_);
    body.closes = close_sent_ = close_tried_ = true;
  }
  if (body.text.empty()) return std::nullopt;
  say_arrived();
  return body;
}

PageSession::Body PageSession::ask_body() {
  say_arrived();
  return {.first = acknowledged_, .arrived = arrived_, .text = "q"};
}

PageSession::Read PageSession::answered(const Body& body, unsigned status, std::string_view text) {
  if (status != 200) {
    const Read read = take_status(status);
    if (read == Read::again) lost(body);
    return read;
  }
  const auto number = text.starts_with('k') && text.ends_with('\n')
                          ? parse_number(text.substr(1, text.size() - 2))
                          : std::nullopt;
  if (!number) return violated("6.4 the answer to a send is no k: " + std::string(text.substr(0, 100)));
  conflicts_ = 0;
  if (!take_acknowledgement(*number)) return Read::violation;
  if (body.closes) {
    owes_close_ = false;
    over(reason_);
  }
  return state_read();
}

void PageSession::lost(const Body& body) {
  say_again_ = true;  // what it said of what arrived may be lost with it
  if (socket_ == 0) rewind();
}

std::string PageSession::acknowledge() {
  say_arrived();
  return acknowledgement_frame(arrived_);
}

std::vector<PageSession::SocketFrame> PageSession::next_frames(std::size_t limit, bool native_binary) {
  assert(socket_ != 0);
  std::vector<SocketFrame> out;
  MessageFrames frames;
  const auto complete = [&] {
    if (!frames.text().empty()) out.push_back({false, frames.take()});
  };
  bool binary = false;
  while (may_send()) {
    const Message& message = held(next_);
    if (message.is_binary() != binary) complete();
    binary = message.is_binary();
    if (binary && native_binary) {
      out.push_back({true, std::string(message.data())});
    } else if (!frames.add(message, limit)) {
      complete();
      continue;
    }
    note_sent();
  }
  complete();
  const bool closes = close_is_next();
  if (closes) {
    out.push_back({false, close_frame(reason_)});
    close_sent_ = close_tried_ = true;
  }
  if ((!out.empty() && unsaid_ > 0) || closes || acknowledgement_due()) {
    out.insert(out.begin(), {false, acknowledge()});
  }
  return out;
}

}  // namespace encke::test
