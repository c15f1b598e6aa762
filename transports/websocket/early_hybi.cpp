// The framing of hybi-01 to hybi-06.
//
//   mask ── four bytes ──▶ header ── complete ──▶ payload ── complete ──▶ mask   (an event, if it is the
//   last) any  ── close frame, or a broken rule ──▶ over                               (takes bytes, says
//   nothing)
//
// Where nothing is masked a frame begins with its header.
#include "transports/websocket/early_hybi.hpp"

#include "server/core/release.hpp"
#include "server/core/utf8.hpp"
#include "server/crypto/digest.hpp"
#include "transports/shared/socket_close.hpp"
#include "transports/websocket/rfc6455.hpp"

#include <encke/close.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace encke::websocket {

namespace {

constexpr std::string_view kMaskingGuid = "61AC5F19-FBBA-4540-B96F-6561F1AB40A8";
constexpr unsigned kTopBit = 0x80;
constexpr unsigned kReserved = 0x70;
constexpr unsigned kOpcode = 0x0F;
constexpr unsigned kLength = 0x7F;
constexpr std::uint64_t kMostInControl = 125;

std::array<char, 20> sha1_of(const std::string& bytes) {
  const crypto::Sha1 digest = crypto::sha1(bytes);
  std::array<char, 20> key{};
  std::transform(digest.begin(), digest.end(), key.begin(),
                 [](std::uint8_t byte) { return static_cast<char>(byte); });
  return key;
}

}  // namespace

EarlyGrammar hybi01_grammar() {
  EarlyGrammar grammar;
  grammar.top_bit_means_more = true;
  return grammar;
}

EarlyGrammar hybi04_grammar(const std::array<char, 20>& masking_key) {
  EarlyGrammar grammar;
  grammar.mask = EarlyGrammar::Mask::hashed;
  grammar.masking_key = masking_key;
  return grammar;
}

EarlyGrammar hybi05_grammar() {
  EarlyGrammar grammar;
  grammar.mask = EarlyGrammar::Mask::key;
  grammar.close = EarlyGrammar::Close::letter;
  return grammar;
}

EarlyGrammar hybi06_grammar() {
  EarlyGrammar grammar;
  grammar.mask = EarlyGrammar::Mask::key;
  grammar.close = EarlyGrammar::Close::code;
  return grammar;
}

std::array<char, 20> hybi04_masking_key(std::string_view client_key, std::string_view server_nonce) {
  std::string text;
  text.append(client_key).append(server_nonce).append(kMaskingGuid);
  return sha1_of(text);
}

// ---- frames from the client
// --------------------------------------------------------------------------------

EarlyDecoder::EarlyDecoder(Limits limits, const EarlyGrammar& grammar) : grammar_(grammar), limits_(limits) {
  begin_frame();
}

Event EarlyDecoder::next(std::span<char>& input) {
  if (std::exchange(spent_, false)) {
    if (open_ == EarlyOpcode::continuation) release(message_);
    release(control_);
  }
  Event event;
  while (!input.empty() && event.type == Event::Type::need_more) {
    switch (state_) {
      case State::mask:
        take_mask(input.front());
        input = input.subspan(1);
        break;
      case State::header:
        event = take_header(static_cast<unsigned char>(unmasked(input.front())));
        input = input.subspan(1);
        break;
      case State::payload:
        event = take_payload(input);
        break;
      case State::over:
        input = input.last(0);
        break;
    }
  }
  return event;
}

Begun EarlyDecoder::begun() const {
  if (open_ != EarlyOpcode::continuation) return {Begun::Part::message, message_.size()};
  const bool rests = state_ != State::payload && mask_size_ == 0 && header_size_ == 0;
  return {rests ? Begun::Part::nothing : Begun::Part::frame};
}

void EarlyDecoder::begin_frame() {
  state_ = grammar_.mask == EarlyGrammar::Mask::none ? State::header : State::mask;
  mask_size_ = key_at_ = header_size_ = 0;
}

void EarlyDecoder::take_mask(char byte) {
  key_[mask_size_++] = byte;
  if (mask_size_ < kMaskBytes) return;
  state_ = State::header;
  if (grammar_.mask == EarlyGrammar::Mask::key) return;
  std::string text(key_.data(), kMaskBytes);
  text.append(grammar_.masking_key.data(), grammar_.masking_key.size());
  key_ = sha1_of(text);
}

char EarlyDecoder::unmasked(char byte) {
  if (grammar_.mask == EarlyGrammar::Mask::none) return byte;
  const std::size_t cycle = grammar_.mask == EarlyGrammar::Mask::key ? kMaskBytes : key_.size();
  const char plain = static_cast<char>(byte ^ key_[key_at_]);
  key_at_ = static_cast<std::uint8_t>((key_at_ + 1U) % cycle);
  return plain;
}

bool EarlyDecoder::is_control() const {
  return frame_ == EarlyOpcode::close || frame_ == EarlyOpcode::ping || frame_ == EarlyOpcode::pong;
}

Event EarlyDecoder::take_header(unsigned char byte) {
  header_[header_size_++] = byte;
  if (header_size_ == 1) {
    const unsigned opcode = byte & kOpcode;
    if ((byte & kReserved) != 0) return fail(close_code::kProtocolError, "reserved bits set; expected none");
    if (opcode > static_cast<unsigned>(EarlyOpcode::binary)) {
      return fail(close_code::kProtocolError, "unknown opcode; expected one of 0 to 5");
    }
    frame_ = static_cast<EarlyOpcode>(opcode);
    final_ = ((byte & kTopBit) != 0) != grammar_.top_bit_means_more;
    return check_order();
  }
  if (header_size_ == 2 && (byte & kTopBit) != 0)
    return fail(close_code::kProtocolError, "reserved bit set; expected none");
  const unsigned form = header_[1] & kLength;
  if (is_control() && form > kMostInControl) {
    return fail(close_code::kProtocolError,
                "control frame with more than 125 bytes; at most 125 are allowed");
  }
  const std::size_t width = form == 126 ? 2 : form == 127 ? 8 : 0;
  if (header_size_ < 2 + width) return {};
  remaining_ = width == 0 ? form : 0;
  for (std::size_t i = 0; i < width; ++i) remaining_ = remaining_ << 8 | header_[2 + i];
  return enter_payload();
}

Event EarlyDecoder::check_order() {
  if (is_control()) {
    return final_ ? Event{}
                  : fail(close_code::kProtocolError, "fragmented control frame; expected a whole one");
  }
  const bool continues = frame_ == EarlyOpcode::continuation;
  if (continues != (open_ != EarlyOpcode::continuation)) {
    return fail(close_code::kProtocolError, continues
                                                ? "continuation of no message; expected text or binary"
                                                : "a message within another; expected its continuation");
  }
  if (!continues) empty_fragments_ = 0;
  return {};
}

Event EarlyDecoder::enter_payload() {
  state_ = State::payload;
  if (!is_control()) {
    if (remaining_ > limits_.max_message - message_.size()) {
      return fail(close_code::kTooBig, "message too big; expected one of the allowed size");
    }
    if (remaining_ == 0 && !final_ && ++empty_fragments_ > limits_.max_empty_fragments) {
      return fail(close_code::kPolicy, "too many empty fragments; expected data");
    }
    if (frame_ != EarlyOpcode::continuation) open_ = frame_;
  }
  return remaining_ == 0 ? end_frame() : Event{};
}

Event EarlyDecoder::take_payload(std::span<char>& input) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()));
  std::string& to = is_control() ? control_ : message_;
  std::transform(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size), std::back_inserter(to),
                 [this](char byte) { return unmasked(byte); });
  input = input.subspan(size);
  remaining_ -= size;
  return remaining_ == 0 ? end_frame() : Event{};
}

Event EarlyDecoder::end_frame() {
  begin_frame();
  if (frame_ == EarlyOpcode::close) return end_with_close();
  Event event;
  if (is_control()) {
    event.type = frame_ == EarlyOpcode::ping ? Event::Type::ping : Event::Type::pong;
    event.payload = control_;
  } else {
    if (!final_) return {};
    const bool text = std::exchange(open_, EarlyOpcode::continuation) == EarlyOpcode::text;
    if (text && !valid_utf8(message_)) message_ = replace_invalid_utf8(message_);
    event.type = text ? Event::Type::text : Event::Type::binary;
    event.payload = message_;
  }
  spent_ = true;
  return event;
}

Event EarlyDecoder::end_with_close() {
  state_ = State::over;
  spent_ = true;
  Event event;
  event.type = Event::Type::close;
  event.code = close_code::kNoStatus;
  event.payload = control_;
  if (grammar_.close != EarlyGrammar::Close::code || control_.size() < 2) return event;
  const auto code = static_cast<std::uint16_t>(static_cast<unsigned char>(control_[0]) << 8 |
                                               static_cast<unsigned char>(control_[1]));
  if (!sockets::valid_close_code(code))
    return fail(close_code::kProtocolError, "close code that may not be sent; expected 1000 to 4999");
  if (!valid_utf8(std::string_view(control_).substr(2))) {
    control_ = control_.substr(0, 2) + replace_invalid_utf8(std::string_view(control_).substr(2));
  }
  event.code = code;
  event.payload = control_;
  event.reason = event.payload.substr(2);
  return event;
}

Event EarlyDecoder::fail(std::uint16_t code, std::string_view reason) {
  state_ = State::over;
  open_ = EarlyOpcode::continuation;
  release(message_);
  release(control_);
  return error_event(code, reason);
}

// ---- frames to the client
// ----------------------------------------------------------------------------------

void early_encode_frame(bool top_bit_means_more, EarlyOpcode opcode, std::string_view payload,
                        std::string& out) {
  // The lengths are RFC 6455's; only the first byte differs.
  FrameHeader header = frame_header(Opcode::binary, payload.size());
  header.bytes[0] = static_cast<char>((top_bit_means_more ? 0 : kTopBit) | static_cast<unsigned>(opcode));
  out.append(header.view()).append(payload);
}

std::string early_close_body(const EarlyGrammar& grammar, std::uint16_t code, std::string_view reason,
                             std::string_view peer_body) {
  switch (grammar.close) {
    case EarlyGrammar::Close::echo:
      return std::string(peer_body);
    case EarlyGrammar::Close::letter:
      return "S";
    case EarlyGrammar::Close::code:
      std::string frame;
      encode_close(code, reason, frame);
      return frame.substr(2);  // a control frame's header has two bytes
  }
  return {};
}

}  // namespace encke::websocket
