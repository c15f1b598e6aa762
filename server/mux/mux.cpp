// One multiplexed session.
#include "server/mux/mux.hpp"

#include "server/core/utf8.hpp"

#include <algorithm>
#include <utility>

namespace encke::mux {

namespace {

constexpr std::uint16_t kTryAgainLater = 1013;
// Streams that are over, or refused, and wait for the page to be told, besides those that are open.
constexpr std::size_t kMostUntold = 1024;

bool may_be_sent(std::uint32_t code) {
  return code == close_code::kNormal || code == close_code::kGoingAway || code == close_code::kNoStatus ||
         code == close_code::kProtocolError || code == close_code::kInvalidData ||
         code == close_code::kTooBig || (code >= 3000 && code <= 4999);
}

/// What is wrong with a frame of whatever stream; empty: nothing.
std::string fault_of(const mux::Frame& frame) {
  const std::string number = std::to_string(frame.stream);
  if (frame.type == Type::opened) return "a page does not send OPENED, as it did for stream " + number;
  if (frame.type != Type::close) return {};
  if (!may_be_sent(frame.number)) {
    return "stream " + number + " is closed with " + std::to_string(frame.number) +
           "; expected 1000, 1001, 1002, 1005, 1007, 1009 or 3000 to 4999";
  }
  if (frame.bytes.size() > kLongestReason || !valid_utf8(frame.bytes)) {
    return "the reason that stream " + number + " is closed for is longer than 123 bytes, or not UTF-8";
  }
  return {};
}

}  // namespace

void Mux::join(const Setting& setting, Channel& channel) {
  if (channel.protocol() != kProtocol) {
    channel.close(close_code::kProtocolError,
                  "expected the sub-protocol " + std::string(kProtocol) + ", as Encke.Mux asks for");
    return;
  }
  auto* const mux = new Mux(setting, channel);  // its channel's, until that has closed
  channel.on_close([mux](const CloseReason& reason) {
    mux->end(reason);
    mux->setting_.loop.turn.bury(std::unique_ptr<Disposable>(mux));
  });
  channel.on_message([mux](const Message& message) { mux->take(message); });
  channel.on_writable([mux] { mux->setting_.loop.turn.defer(*mux); });
}

Mux::Mux(const Setting& setting, Channel& channel)
    : setting_(setting),
      channel_(channel),
      origin_(channel.opening().origin),
      remote_address_(channel.opening().remote_address) {}

std::optional<Target> Mux::target(std::string_view path) const {
  const std::vector<std::string>& carried = setting_.options.services;
  if (std::find(carried.begin(), carried.end(), path) == carried.end()) return std::nullopt;
  return setting_.targets.target(path);
}

// ---- up -------------------------------------------------------------------------------------------------

void Mux::take(const Message& message) {
  if (over_) return;
  if (!message.is_binary()) {
    fail("found a text message, expected frames in binary ones");
    return;
  }
  const Result<mux::Frame> frame = parse(message.data());
  if (!frame) {
    fail(frame.error().text);
    return;
  }
  if (frame->type == Type::open) {
    open(*frame);
    return;
  }
  if (frame->stream > highest_ || frame->stream % 2 == 0) {
    fail("a frame is of stream " + std::to_string(frame->stream) + ", which was never opened");
    return;
  }
  if (const std::string fault = fault_of(*frame); !fault.empty()) {
    fail(fault);
    return;
  }
  const auto found = streams_.find(frame->stream);
  if (found != streams_.end()) {
    give(*found->second, *frame);
  } else if (frame->type == Type::text || frame->type == Type::binary) {
    fail("a message came in stream " + std::to_string(frame->stream) + ", which is closed");
  }
}

void Mux::open(const mux::Frame& frame) {
  const std::string number = std::to_string(frame.stream);
  if (frame.stream % 2 == 0) {
    fail("a page opened stream " + number + ", expected an odd number");
    return;
  }
  if (frame.stream <= highest_) {
    fail("stream " + number + " comes after stream " + std::to_string(highest_) +
         "; expected a higher number than any before");
    return;
  }
  highest_ = frame.stream;
  if (streams_.size() >= setting_.options.streams + kMostUntold) {
    fail("streams are opened and closed faster than the answers are read");
    return;
  }
  auto made = std::make_unique<Stream>(*this, frame.stream);
  Stream& stream = *made;
  const bool full = streams_.size() >= setting_.options.streams;
  streams_.emplace(frame.stream, std::move(made));
  if (full) {
    stream.refuse(kTryAgainLater, "there are " + std::to_string(setting_.options.streams) +
                                      " streams already, as many as one session may have");
  } else {
    stream.ask(frame);
  }
}

void Mux::give(Stream& stream, const mux::Frame& frame) {
  switch (frame.type) {
    case Type::text:
    case Type::binary:
      stream.take_piece(frame);
      return;
    case Type::credit:
      stream.take_credit(frame.number);
      return;
    case Type::close:
      stream.take_close({static_cast<std::uint16_t>(frame.number), std::string(frame.bytes)});
      return;
    case Type::open:
    case Type::opened:
      return;
  }
}

bool Mux::hold_partial(std::size_t before, std::size_t now) {
  partial_ = partial_ - before + now;
  return partial_ <= setting_.options.partial_bytes;
}

// ---- down -----------------------------------------------------------------------------------------------

void Mux::wake(Stream& stream) {
  if (over_) return;
  if (!std::exchange(stream.awake, true)) awake_.push_back(&stream);
  setting_.loop.turn.defer(*this);
}

void Mux::end_of_turn() {
  while (!awake_.empty() && channel_.is_open() && channel_.writable()) {
    Stream& stream = *awake_.front();
    if (stream.has_to_send()) {
      if (!stream.send_next(channel_)) return;  // it has its turn again once there is room
    }
    awake_.pop_front();
    if (stream.has_to_send()) {
      awake_.push_back(&stream);
      continue;
    }
    stream.awake = false;
    if (stream.gone()) drop(stream);
  }
}

void Mux::drop(Stream& stream) {
  const auto found = streams_.find(stream.id());
  setting_.loop.turn.bury(std::move(found->second));
  streams_.erase(found);
}

// ---- the end --------------------------------------------------------------------------------------------

void Mux::fail(const std::string& text) {
  const CloseReason reason{close_code::kProtocolError, text};
  channel_.close(reason.code, reason.text);
  end(reason);
}

void Mux::end(const CloseReason& reason) {
  over_ = true;
  awake_.clear();
  for (auto& [id, stream] : std::exchange(streams_, {})) {
    stream->over(reason);
    setting_.loop.turn.bury(std::move(stream));
  }
}

}  // namespace encke::mux
