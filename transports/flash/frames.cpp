// The frames of a raw socket.
//
//   head ──5 bytes──▶ payload ──length bytes──▶ event ──▶ head        close, error ──▶ over
#include "transports/flash/frames.hpp"

#include "transports/shared/socket_close.hpp"

#include <encke/close.hpp>

#include <algorithm>

namespace encke::flash {

namespace {

std::uint16_t code_in(std::string_view payload) {
  const auto byte = [payload](std::size_t at) { return static_cast<unsigned char>(payload[at]); };
  return static_cast<std::uint16_t>(byte(0) << 8 | byte(1));
}

/// What a whole frame says; its letter and length are good.
Event event_of(char letter, std::string_view payload) {
  switch (static_cast<Kind>(letter)) {
    case Kind::text:
      return {.type = Event::Type::text, .payload = payload, .reason = {}};
    case Kind::binary:
      return {.type = Event::Type::binary, .payload = payload, .reason = {}};
    default:
      break;
  }
  if (payload.empty()) {
    return {.type = Event::Type::close, .code = close_code::kNoStatus, .payload = {}, .reason = {}};
  }
  return {
      .type = Event::Type::close, .code = code_in(payload), .payload = payload, .reason = payload.substr(2)};
}

}  // namespace

std::size_t length_in(std::string_view head) {
  std::size_t length = 0;
  for (std::size_t at = 1; at < kHeadBytes; ++at) {
    length = length << 8 | static_cast<unsigned char>(head[at]);
  }
  return length;
}

Event Decoder::end(Event event) {
  over_ = true;
  return event;
}

/// An error, or need_more where nothing is wrong.
Event Decoder::head_wrong(char letter, std::size_t length) {
  switch (static_cast<Kind>(letter)) {
    case Kind::text:
    case Kind::binary:
      if (length <= max_message_) return {};
      return sockets::error_event(close_code::kTooBig, "a frame is longer than a message may be");
    case Kind::close:
      if (length <= sockets::kLongestClose && length != 1) return {};
      return sockets::error_event(close_code::kProtocolError,
                                  "a close frame has no payload, or 2 to 125 bytes");
    case Kind::hello:
      return sockets::error_event(close_code::kProtocolError, "a second hello; expected frames t, b or c");
  }
  return sockets::error_event(close_code::kProtocolError, "an unknown kind of frame; expected t, b or c");
}

Event Decoder::next(std::span<char>& input) {
  if (delivered_) {
    partial_ = std::string();  // and its memory
    delivered_ = false;
  }
  const auto take = [&input, this](std::size_t bytes) {
    const std::size_t taken = std::min(bytes, input.size());
    partial_.append(input.data(), taken);
    input = input.subspan(taken);
  };
  if (over_) {
    input = {};
    return {};
  }
  if (!partial_.empty() && partial_.size() < kHeadBytes) take(kHeadBytes - partial_.size());
  const std::string_view seen = partial_.empty() ? std::string_view(input.data(), input.size()) : partial_;
  if (seen.size() < kHeadBytes) {
    take(input.size());
    return {};
  }
  const char letter = seen.front();
  const std::size_t length = length_in(seen);
  if (const Event wrong = head_wrong(letter, length); wrong.type == Event::Type::error) {
    input = {};
    return end(wrong);
  }
  std::string_view payload;
  if (partial_.empty() && input.size() - kHeadBytes >= length) {
    payload = {input.data() + kHeadBytes, length};
    input = input.subspan(kHeadBytes + length);
  } else {
    take(kHeadBytes + length - partial_.size());
    if (partial_.size() < kHeadBytes + length) return {};
    payload = std::string_view(partial_).substr(kHeadBytes);
    delivered_ = true;
  }
  const Event event = event_of(letter, payload);
  return event.type == Event::Type::close ? end(event) : event;
}

std::size_t begin_frame(Kind kind, std::string& out) {
  out += static_cast<char>(kind);
  out.append(kHeadBytes - 1, '\0');
  return out.size();
}

void end_frame(std::size_t begun, std::string& out) {
  std::size_t length = out.size() - begun;
  for (std::size_t at = 1; at < kHeadBytes; ++at, length >>= 8) {
    out[begun - at] = static_cast<char>(length & 0xFF);
  }
}

void append_frame(Kind kind, std::string_view payload, std::string& out) {
  const std::size_t begun = begin_frame(kind, out);
  out += payload;
  end_frame(begun, out);
}

void append_close(std::uint16_t code, std::string_view reason, std::string& out) {
  const std::size_t begun = begin_frame(Kind::close, out);
  if (code != close_code::kNoStatus) {
    const unsigned sent = sockets::sendable_close_code(code);
    out += static_cast<char>(sent >> 8);
    out += static_cast<char>(sent & 0xFF);
    out += sockets::cut_reason(reason);
  }
  end_frame(begun, out);
}

}  // namespace encke::flash
