// RFC 6455 frames from a client.
//
//            header complete, data               payload complete
//   header ──────────────────────▶ data ─────────────────────────────▶ header   (an event if FIN)
//   header ──────────────────────▶ control ──────────────────────────▶ header   (an event)
//   any    ── close frame, or a broken rule ──▶ over                            (takes bytes, says nothing)
//
// A header is checked byte by byte in the order it comes, so that the verdict does not depend on how it was
// cut.
#include "transports/websocket/rfc6455.hpp"

#include "server/core/release.hpp"
#include "transports/shared/socket_close.hpp"

#include <encke/close.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace encke::websocket {
namespace {

constexpr unsigned kFin = 0x80;
constexpr unsigned kRsv1 = 0x40;
constexpr unsigned kRsv = 0x70;
constexpr unsigned kOpcode = 0x0F;
constexpr unsigned kMasked = 0x80;
constexpr unsigned kLength = 0x7F;
constexpr unsigned kMaxControl = 125;

bool is_control(unsigned opcode) { return opcode >= 8; }

std::uint64_t big_endian(const unsigned char* bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | bytes[i];
  return value;
}

// Unmasks in place and turns the mask to where the next byte needs it (section 5.3).
std::uint32_t unmask(std::span<char> bytes, std::uint32_t mask) {
  const std::uint64_t wide = static_cast<std::uint64_t>(mask) << 32 | mask;
  char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= sizeof wide; left -= sizeof wide, at += sizeof wide) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    word ^= wide;
    std::memcpy(at, &word, sizeof word);
  }
  unsigned char key[sizeof wide];
  std::memcpy(key, &wide, sizeof wide);
  for (std::size_t i = 0; i < left; ++i) at[i] = static_cast<char>(at[i] ^ key[i]);
  const int turn = static_cast<int>(bytes.size() % 4) * 8;
  return std::endian::native == std::endian::little ? std::rotr(mask, turn) : std::rotl(mask, turn);
}

// What a message of `max_message` bytes may take while deflated: poor compressors let it grow by up to an
// eighth.
std::uint64_t compressed_limit(std::uint64_t max_message) {
  const std::uint64_t slack = max_message / 8 + 64;
  return max_message > std::numeric_limits<std::uint64_t>::max() - slack
             ? std::numeric_limits<std::uint64_t>::max()
             : max_message + slack;
}

}  // namespace

Decoder::Decoder(Limits limits, bool deflate) : limits_(limits), deflate_(deflate) {}

Event Decoder::next(std::span<char>& input) {
  if (spent_ != Spent::nothing) release();
  for (;;) {
    if (state_ == State::header) {
      const Problem problem = take_header(input);
      if (problem.code != 0) return fail(problem);
      if (state_ == State::header) return {};
    }
    if (state_ == State::over) {
      input = input.last(0);
      return {};
    }
    const Event event = state_ == State::data ? take_data(input) : take_control(input);
    if (event.type != Event::Type::need_more || state_ != State::header) return event;
  }
}

Begun Decoder::begun() const {
  if (message_ != Opcode::continuation) {
    return {Begun::Part::message, partial_ ? partial_->message.size() : 0};
  }
  return {at_rest() ? Begun::Part::nothing : Begun::Part::frame};
}

// ---- headers (section 5.2) ----

Decoder::Problem Decoder::take_header(std::span<char>& input) {
  std::size_t size = 0;
  if (header_size_ == 0) {
    const Problem problem =
        parse_header(reinterpret_cast<const unsigned char*>(input.data()), input.size(), size);
    if (problem.code != 0) return problem;
    if (size == 0) {
      header_size_ = static_cast<std::uint8_t>(input.size());
      if (!input.empty()) std::memcpy(header_.data(), input.data(), input.size());
      size = input.size();
    }
    input = input.subspan(size);
    return {};
  }
  while (size == 0 && !input.empty()) {
    header_[header_size_++] = static_cast<unsigned char>(input.front());
    input = input.subspan(1);
    const Problem problem = parse_header(header_.data(), header_size_, size);
    if (problem.code != 0) return problem;
  }
  if (size != 0) header_size_ = 0;
  return {};
}

// Sets `size` and enters the frame if the header is complete; leaves it 0 if not.
Decoder::Problem Decoder::parse_header(const unsigned char* bytes, std::size_t have, std::size_t& size) {
  if (have == 0) return {};
  if (const Problem problem = check_first_byte(bytes[0]); problem.code != 0) return problem;
  if (have == 1) return {};
  if ((bytes[1] & kMasked) == 0) {
    return {close_code::kProtocolError, "frame without a mask; a client must mask every frame"};
  }
  std::uint64_t length = bytes[1] & kLength;
  std::size_t length_end = 2;
  if (length > kMaxControl) {
    if (is_control(bytes[0] & kOpcode)) {
      return {close_code::kProtocolError, "control frame with more than 125 bytes; at most 125 are allowed"};
    }
    const std::uint64_t shortest = length == 126 ? 126 : 65536;
    const std::size_t width = length == 126 ? 2 : 8;
    length_end += width;
    if (have < length_end) return {};
    length = big_endian(bytes + 2, width);
    if (length >> 63 != 0) {
      return {close_code::kProtocolError, "frame length with the top bit set; at most 63 bits are allowed"};
    }
    if (length < shortest) {
      return {close_code::kProtocolError,
              "frame length in a longer form than needed; the shortest is required"};
    }
  }
  // The size is judged before the mask is waited for.
  if (const Problem problem = check_size(bytes[0], length); problem.code != 0) return problem;
  if (have < length_end + 4) return {};
  std::memcpy(&mask_, bytes + length_end, sizeof mask_);
  size = length_end + 4;
  enter_frame(bytes[0], length);
  return {};
}

Decoder::Problem Decoder::check_first_byte(unsigned char byte) const {
  const unsigned opcode = byte & kOpcode;
  if ((byte & kRsv) != 0) {
    const bool starts =
        opcode == static_cast<unsigned>(Opcode::text) || opcode == static_cast<unsigned>(Opcode::binary);
    if (!deflate_)
      return {close_code::kProtocolError, "reserved bit set; none may be, as no extension is in use"};
    if ((byte & kRsv) != kRsv1)
      return {close_code::kProtocolError, "RSV2 or RSV3 set; no extension in use defines them"};
    if (!starts)
      return {close_code::kProtocolError, "RSV1 set; only the first frame of a message may have it"};
  }
  if (opcode > 10 || (opcode > 2 && opcode < 8)) {
    return {close_code::kProtocolError, "reserved opcode; expected 0, 1, 2, 8, 9 or 10"};
  }
  if (is_control(opcode)) {
    if ((byte & kFin) == 0)
      return {close_code::kProtocolError, "fragmented control frame; it must be one frame"};
  } else if (opcode == 0) {
    if (message_ == Opcode::continuation) {
      return {close_code::kProtocolError,
              "continuation frame where no message is open; expected text or binary"};
    }
  } else if (message_ != Opcode::continuation) {
    return {close_code::kProtocolError, "new message inside a fragmented one; expected a continuation frame"};
  }
  return {};
}

Decoder::Problem Decoder::check_size(unsigned char first, std::uint64_t length) {
  if (is_control(first & kOpcode)) return {};
  const bool compressed = message_ == Opcode::continuation ? (first & kRsv1) != 0 : compressed_;
  const std::uint64_t limit = compressed ? compressed_limit(limits_.max_message) : limits_.max_message;
  const std::uint64_t had = partial_ ? partial_->message.size() : 0;
  if (length > limit - had) {
    // Kept where an event's bytes are kept; the message that was there is lost with the connection.
    partial().control =
        "message too big; at most " + std::to_string(limits_.max_message) + " bytes are allowed";
    return {close_code::kTooBig, partial().control};
  }
  const bool begins = (first & kOpcode) != static_cast<unsigned char>(Opcode::continuation);
  const std::uint32_t before = begins ? 0 : empty_fragments_;  // of this message
  if (length == 0 && (first & kFin) == 0 && before >= limits_.max_empty_fragments) {
    return {close_code::kPolicy, "too many empty fragments; a fragment should carry payload"};
  }
  return {};
}

void Decoder::enter_frame(unsigned char first, std::uint64_t length) {
  frame_ = static_cast<Opcode>(first & kOpcode);
  final_ = (first & kFin) != 0;
  remaining_ = length;
  if (is_control(first & kOpcode)) {
    state_ = State::control;
    return;
  }
  state_ = State::data;
  if (frame_ != Opcode::continuation) {
    message_ = frame_;
    compressed_ = (first & kRsv1) != 0;
    empty_fragments_ = 0;
    utf8_.reset();
  }
  if (length == 0 && !final_) ++empty_fragments_;
}

// ---- payloads ----

std::span<char> Decoder::take_payload(std::span<char>& input) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()));
  const std::span<char> piece = input.first(size);
  input = input.subspan(size);
  remaining_ -= size;
  mask_ = unmask(piece, mask_);
  return piece;
}

Event Decoder::take_data(std::span<char>& input) {
  const std::span<char> piece = take_payload(input);
  std::string_view payload(piece.data(), piece.size());
  const bool check_text = message_ == Opcode::text && !compressed_;
  if (check_text && !utf8_.feed(payload)) {
    return fail({close_code::kInvalidData, "text with bytes that are not UTF-8; text must be UTF-8"});
  }
  const bool ends = remaining_ == 0 && final_;
  if (!ends || (partial_ && !partial_->message.empty())) {
    if (!payload.empty()) partial().message.append(payload);
    if (remaining_ == 0) state_ = State::header;
    if (!ends) return {};
    payload = partial().message;
    spent_ = Spent::everything;
  }
  if (check_text && !utf8_.complete()) {
    return fail({close_code::kInvalidData, "text ends inside a character; text must be UTF-8"});
  }
  state_ = State::header;
  Event event;
  event.type = message_ == Opcode::text ? Event::Type::text : Event::Type::binary;
  event.compressed = compressed_;
  event.payload = payload;
  message_ = Opcode::continuation;
  return event;
}

Event Decoder::take_control(std::span<char>& input) {
  const std::span<char> piece = take_payload(input);
  std::string_view payload(piece.data(), piece.size());
  if (remaining_ != 0 || (partial_ && !partial_->control.empty())) {
    if (!payload.empty()) partial().control.append(payload);
    if (remaining_ != 0) return {};
    payload = partial().control;
    spent_ = Spent::control;
  }
  state_ = State::header;
  if (frame_ == Opcode::close) return end_with_close(payload);
  Event event;
  event.type = frame_ == Opcode::ping ? Event::Type::ping : Event::Type::pong;
  event.payload = payload;
  return event;
}

// Section 5.5.1: nothing, or a code and a reason.
Event Decoder::end_with_close(std::string_view payload) {
  Event event;
  event.type = Event::Type::close;
  event.code = close_code::kNoStatus;
  if (!payload.empty()) {
    if (payload.size() == 1) {
      return fail(
          {close_code::kProtocolError, "close frame with 1 byte; expected none, or a code of 2 bytes"});
    }
    event.code =
        static_cast<std::uint16_t>(big_endian(reinterpret_cast<const unsigned char*>(payload.data()), 2));
    if (!sockets::valid_close_code(event.code)) {
      return fail({close_code::kProtocolError,
                   "close code that may not be sent; expected 1000-1003, 1007-1014 or 3000-4999"});
    }
    event.reason = payload.substr(2);
    if (!valid_utf8(event.reason)) {
      return fail({close_code::kInvalidData, "close reason that is not UTF-8; it must be UTF-8"});
    }
  }
  state_ = State::over;
  if (spent_ == Spent::control) spent_ = Spent::everything;  // an open message will not be finished
  return event;
}

Event Decoder::fail(Problem problem) {
  state_ = State::over;
  // The text of kTooBig lives in partial_: it goes with the next call.
  if (partial_) {
    encke::release(partial_->message);
    spent_ = Spent::everything;
  }
  return error_event(problem.code, problem.text);
}

Decoder::Partial& Decoder::partial() {
  if (!partial_) partial_ = std::make_unique<Partial>();
  return *partial_;
}

void Decoder::release() {
  if (spent_ == Spent::everything || partial_->message.empty()) {
    partial_.reset();
  } else {
    encke::release(partial_->control);
  }
  spent_ = Spent::nothing;
}

}  // namespace encke::websocket
