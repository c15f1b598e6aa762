// The frames of the facade's protocol.
#include "transports/shared/facade_frames.hpp"

#include "server/core/outbox.hpp"
#include "server/crypto/base64.hpp"
#include "transports/shared/sender.hpp"
#include "transports/shared/sockjs_escape.hpp"
#include "transports/shared/sockjs_frames.hpp"

#include <cassert>

namespace encke::facade {

namespace {

constexpr std::size_t kShownBytes = 40;  // of a frame that is wrong, in the text that says so

void append_binary(const Message& message, std::string& out) {
  const std::string encoded = crypto::base64_encode(message.data());
  out.append(encoded, 0, encoded.find('='));
}

std::optional<std::string> decode_binary(std::string_view text) {
  if (text.size() % 4 == 1 || text.find('=') != std::string_view::npos) return std::nullopt;
  std::string padded(text);
  padded.append((4 - text.size() % 4) % 4, '=');
  return crypto::base64_decode(padded);
}

PeerError too_much(const std::string& what) {
  return {.status = 413, .close_code = close_code::kTooBig, .text = what};
}

PeerError broken(std::string_view frame, std::string_view expected) {
  PeerError error{.status = 400, .close_code = close_code::kProtocolError, .text = "a broken frame: "};
  for (const char letter : frame.substr(0, kShownBytes)) {
    error.text += letter >= ' ' && letter <= '~' ? letter : '?';
  }
  error.text += "; expected ";
  error.text += expected;
  return error;
}

Result<void> take(Message message, const LetterLimits& limits, Letter& letter) {
  if (message.size() > limits.message_bytes) {
    return too_much("a message is larger than " + std::to_string(limits.message_bytes) + " bytes");
  }
  if (letter.messages.size() == limits.messages) {
    return too_much("more than " + std::to_string(limits.messages) + " messages came at once");
  }
  letter.messages.push_back(std::move(message));
  return {};
}

Result<void> parse_texts(std::string_view frame, const LetterLimits& limits, Letter& letter) {
  const sockjs::SharedPayload payload;
  if (payload->parse(frame.substr(1), sockjs::Payload::Form::array) != sockjs::PayloadError::none) {
    return broken(frame, "a and a JSON array of strings");
  }
  for (const std::string_view text : payload->messages()) {
    if (Result<void> taken = take(Message::text(text), limits, letter); !taken) return taken;
  }
  return {};
}

Result<void> parse_binaries(std::string_view frame, const LetterLimits& limits, Letter& letter) {
  std::string_view rest = frame.substr(1);
  for (;;) {
    const std::size_t comma = rest.find(',');
    const std::optional<std::string> bytes = decode_binary(rest.substr(0, comma));
    if (!bytes) return broken(frame, "b and base64 without padding, commas between");
    if (Result<void> taken = take(Message::binary(*bytes), limits, letter); !taken) return taken;
    if (comma == std::string_view::npos) return {};
    rest.remove_prefix(comma + 1);
  }
}

Result<void> parse_close(std::string_view frame, Letter& letter) {
  constexpr std::string_view kExpected = "c[code,\"reason\"] with code 1000, 1001 or 3000 to 4999";
  const sockjs::SharedPayload payload;
  if (payload->parse(frame.substr(1), sockjs::Payload::Form::array) != sockjs::PayloadError::none ||
      payload->messages().size() != 2) {
    return broken(frame, kExpected);
  }
  const std::optional<std::uint64_t> code = parse_number(payload->messages()[0]);
  const bool good = code && (*code == close_code::kNormal || *code == close_code::kGoingAway ||
                             *code == close_code::kNoStatus || (*code >= 3000 && *code <= 4999));
  if (!good) return broken(frame, kExpected);
  letter.close = CloseReason{static_cast<std::uint16_t>(*code), std::string(payload->messages()[1])};
  return {};
}

Result<void> parse_frame(std::string_view frame, const LetterLimits& limits, Letter& letter) {
  if (letter.close) return broken(frame, "nothing behind the close frame");
  switch (frame.empty() ? '\0' : frame.front()) {
    case 'a':
      return parse_texts(frame, limits, letter);
    case 'b':
      return parse_binaries(frame, limits, letter);
    case 'c':
      return parse_close(frame, letter);
    case 'k':
      letter.received = parse_number(frame.substr(1));
      if (letter.received) return {};
      return broken(frame, "k and a number");
    case 'q':
      letter.asks = true;
      if (frame.size() == 1) return {};
      return broken(frame, "q alone");
    case 't':
      letter.sample = parse_sample(frame);
      if (letter.sample) return {};
      return broken(frame, "t alone, or t and two numbers");
    default:
      return broken(frame, "a, b, c, k, q or t");
  }
}

}  // namespace

std::size_t append_frame(std::span<const Frame> frames, std::size_t bytes, std::string& out) {
  assert(!frames.empty());
  const Frame& first = frames.front();
  if (first.kind == Frame::Kind::acknowledgement || first.kind == Frame::Kind::beginning) {
    out += first.kind == Frame::Kind::beginning ? 's' : 'k';
    out += std::to_string(first.number);
    return 1;
  }
  if (first.kind != Frame::Kind::message) return sockjs::append_frame(frames, out);
  const bool binary = first.message->is_binary();
  std::size_t count = 0;
  std::size_t size = 0;
  while (count < frames.size() && frames[count].kind == Frame::Kind::message &&
         frames[count].message->is_binary() == binary && (count == 0 || size < bytes)) {
    size += frames[count].message->size();
    ++count;
  }
  if (!binary) {
    sockjs::append_messages(frames.first(count), out);
    return count;
  }
  char before = 'b';
  for (const Frame& frame : frames.first(count)) {
    out += before;
    before = ',';
    append_binary(*frame.message, out);
  }
  return count;
}

void append_refusal(const PeerError& error, std::string& out) {
  out += "e[";
  out += std::to_string(error.status);
  out += ',';
  // Old browsers look for HTML in what says that it is text, and what was sent is quoted in it.
  sockjs::append_script_string(error.text, out);
  out += ']';
}

std::optional<std::uint64_t> parse_number(std::string_view digits) {
  constexpr std::size_t kMostDigits = 16;  // 10^16 is far from what a std::uint64_t holds
  if (digits.empty() || digits.size() > kMostDigits || (digits.front() == '0' && digits.size() > 1)) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  if (number > kLargestNumber) return std::nullopt;
  return number;
}

void Letter::clear() {
  messages.clear();
  received.reset();
  close.reset();
  asks = false;
  sample.reset();
}

LetterLimits limits_of(const ServiceOptions& options) {
  return {options.max_message_bytes, options.outbox_bytes / Outbox::kMessageCost + 1};
}

Result<void> parse_letter(std::string_view body, const LetterLimits& limits, Letter& letter) {
  letter.clear();
  if (body.ends_with('\n')) body.remove_suffix(1);
  if (body.empty()) letter.asks = true;
  while (!body.empty()) {
    const std::size_t end = body.find('\n');
    std::string_view frame = body.substr(0, end);
    if (frame.ends_with('\r')) frame.remove_suffix(1);  // forms have it so
    if (Result<void> read = parse_frame(frame, limits, letter); !read) return read;
    if (end == std::string_view::npos) break;
    body.remove_prefix(end + 1);
    if (body.empty()) return broken(body, "a frame behind each line feed");
  }
  return {};
}

Result<void> take_binary(std::string_view bytes, const LetterLimits& limits, Letter& letter) {
  letter.clear();
  return take(Message::binary(bytes), limits, letter);
}

Result<SocketJoining> parse_joining(std::string_view frame) {
  constexpr std::string_view kExpected = "r[N,A,S], three numbers, as the first frame";
  if (!frame.starts_with("r[") || !frame.ends_with(']')) return broken(frame, kExpected);
  std::string_view rest = frame.substr(2, frame.size() - 3);
  std::uint64_t numbers[3];
  for (std::size_t index = 0; index < 3; ++index) {
    const std::size_t end = index == 2 ? rest.size() : rest.find(',');
    const std::optional<std::uint64_t> number =
        end == std::string_view::npos ? std::nullopt : parse_number(rest.substr(0, end));
    if (!number) return broken(frame, kExpected);
    numbers[index] = *number;
    rest.remove_prefix(index == 2 ? end : end + 1);
  }
  return SocketJoining{{.carrier = numbers[0], .received = numbers[1], .tell = true}, numbers[2]};
}

}  // namespace encke::facade
