// hixie-76 and hixie-75: their heads, the number challenge, and frames between 00 and FF.
//
//   lead ── 00 ──▶ text ── FF ──▶ lead (event)          lead ── 01..7F ──▶ drop_until_ff ── FF ──▶ lead
//   lead ── 80..FF ──▶ length ── last group ──▶ drop_bytes ──▶ lead        FF 00 ──▶ over (event)
#include "transports/websocket/hixie.hpp"

#include <encke/close.hpp>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "server/core/release.hpp"
#include "server/core/utf8.hpp"
#include "server/crypto/digest.hpp"

namespace encke::websocket {
namespace {

constexpr int kMaxDigits = 19;          // fit 64 bits
constexpr std::uint8_t kMaxGroups = 5;  // 35 bits of length; endless groups are an attack
constexpr char kEnd = '\xFF';

// The bytes up to the frame's FF, or all there are. `ended` tells which; the FF is taken too.
std::string_view take_until_end(std::span<char>& input, bool& ended) {
  const void* const found = std::memchr(input.data(), 0xFF, input.size());
  ended = found != nullptr;
  const std::size_t size =
      ended ? static_cast<std::size_t>(static_cast<const char*>(found) - input.data()) : input.size();
  const std::string_view taken(input.data(), size);
  input = input.subspan(ended ? size + 1 : size);
  return taken;
}

/// The drafts' heads differ in their first line and in how their fields' names begin.
std::string head_of(std::string_view status, std::string_view prefix, std::string_view origin,
                    std::string_view location, std::string_view protocol) {
  std::string head = "HTTP/1.1 101 ";
  head.append(status).append("\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n");
  const auto add = [&](std::string_view name, std::string_view value) {
    assert(value.find_first_of("\r\n") == std::string_view::npos);
    if (!value.empty()) head.append(prefix).append(name).append(": ").append(value).append("\r\n");
  };
  add("WebSocket-Origin", origin);
  add("WebSocket-Location", location);
  add("WebSocket-Protocol", protocol);
  return head.append("\r\n");
}

}  // namespace

// ---- handshake ----

std::optional<std::uint32_t> hixie76_key_number(std::string_view key) {
  std::uint64_t number = 0;
  std::uint64_t spaces = 0;
  int digits = 0;
  for (const char c : key) {
    if (c >= '0' && c <= '9') {
      if (++digits > kMaxDigits) return std::nullopt;
      number = number * 10 + static_cast<std::uint64_t>(c - '0');
    } else if (c == ' ') {
      ++spaces;
    }
  }
  if (digits == 0 || spaces == 0 || number % spaces != 0 || number / spaces > 0xFFFFFFFFU)
    return std::nullopt;
  return static_cast<std::uint32_t>(number / spaces);
}

std::string hixie75_head(std::string_view origin, std::string_view location, std::string_view protocol) {
  return head_of("Web Socket Protocol Handshake", "", origin, location, protocol);
}

std::string hixie76_head(std::string_view origin, std::string_view location, std::string_view protocol) {
  return head_of("WebSocket Protocol Handshake", "Sec-", origin, location, protocol);
}

std::string hixie76_answer(std::uint32_t number1, std::uint32_t number2, std::string_view eight_bytes) {
  assert(eight_bytes.size() == 8);
  std::string challenge;
  for (const std::uint32_t number : {number1, number2}) {
    for (int shift = 24; shift >= 0; shift -= 8) challenge.push_back(static_cast<char>(number >> shift));
  }
  challenge.append(eight_bytes);
  const crypto::Md5 digest = crypto::md5(challenge);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// ---- frames from the client ----

Event HixieDecoder::next(std::span<char>& input) {
  if (spent_) {
    release(partial_);
    spent_ = false;
  }
  while (!input.empty()) {
    switch (state_) {
      case State::lead: {
        const auto lead = static_cast<unsigned char>(input.front());
        input = input.subspan(1);
        count_ = 0;
        groups_ = 0;
        may_close_ = has_close_ && lead == 0xFF;
        state_ = lead == 0 ? State::text : lead < 0x80 ? State::drop_until_ff : State::length;
        break;
      }
      case State::text: {
        const Event event = take_text(input);
        if (event.type != Event::Type::need_more) return event;
        break;
      }
      case State::drop_until_ff: {
        bool ended = false;
        count_ += take_until_end(input, ended).size();
        if (count_ > max_message_)
          return fail(close_code::kTooBig, "frame too big; expected text of the allowed size");
        if (ended) state_ = State::lead;
        break;
      }
      case State::length: {
        const Event event = take_length(input);
        if (event.type != Event::Type::need_more) return event;
        break;
      }
      case State::drop_bytes: {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(count_, input.size()));
        input = input.subspan(size);
        count_ -= size;
        if (count_ == 0) state_ = State::lead;
        break;
      }
      case State::over:
        input = input.last(0);
        break;
    }
  }
  return {};
}

Begun HixieDecoder::begun() const {
  switch (state_) {
    case State::lead:
    case State::over:
      break;
    case State::length:
      return {Begun::Part::frame};
    case State::text:
      return {Begun::Part::message, partial_.size()};
    case State::drop_until_ff:
      return {Begun::Part::message, static_cast<std::size_t>(count_)};
    case State::drop_bytes:  // fewer are left the more have come
      return {Begun::Part::message, max_message_ - static_cast<std::size_t>(count_)};
  }
  return {};
}

Event HixieDecoder::take_text(std::span<char>& input) {
  bool ended = false;
  std::string_view text = take_until_end(input, ended);
  if (text.size() > max_message_ - partial_.size()) {
    return fail(close_code::kTooBig, "message too big; expected one of the allowed size");
  }
  if (!ended || !partial_.empty()) {
    partial_.append(text);
    if (!ended) return {};
    text = partial_;
    spent_ = true;
  }
  if (!valid_utf8(text)) {
    partial_ = replace_invalid_utf8(text);
    text = partial_;
    spent_ = true;
  }
  state_ = State::lead;
  Event event;
  event.type = Event::Type::text;
  event.payload = text;
  return event;
}

Event HixieDecoder::take_length(std::span<char>& input) {
  const auto group = static_cast<unsigned char>(input.front());
  input = input.subspan(1);
  if (++groups_ > kMaxGroups)
    return fail(close_code::kProtocolError, "endless frame length; expected at most 5 groups");
  count_ = count_ << 7 | (group & 0x7F);
  if ((group & 0x80) != 0) return {};
  if (count_ > max_message_)
    return fail(close_code::kTooBig, "frame too big; expected one of the allowed size");
  if (count_ != 0) {
    state_ = State::drop_bytes;
    return {};
  }
  if (!may_close_) {
    state_ = State::lead;
    return {};
  }
  state_ = State::over;
  Event event;
  event.type = Event::Type::close;
  event.code = close_code::kNoStatus;
  return event;
}

Event HixieDecoder::fail(std::uint16_t code, std::string_view reason) {
  state_ = State::over;
  release(partial_);
  return error_event(code, reason);
}

// ---- frames to the client ---------------------------------------------------------------------------------

void hixie_encode_text(std::string_view text, std::string& out) {
  if (!valid_utf8(text)) {
    hixie_encode_text(replace_invalid_utf8(text), out);
    return;
  }
  out.push_back('\0');
  out.append(text);
  out.push_back(kEnd);
}

void hixie76_encode_close(std::string& out) { out.append("\xFF\x00", 2); }

}  // namespace encke::websocket
