// The frames of a multiplexed session.
#include "server/mux/frames.hpp"

#include <optional>

namespace encke::mux {

namespace {

constexpr std::size_t kMostProtocols = 32;
constexpr unsigned kDigitBits = 7;
constexpr unsigned kMostShift = 28;  // of the fifth byte
constexpr std::uint8_t kFollows = 0x80;

PeerError fault(std::string text) { return {.text = std::move(text)}; }

/// Takes a frame apart from its front.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  /// Nothing where there is none: it is cut off, longer than it need be, or too large.
  std::optional<std::uint32_t> number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift <= kMostShift && !rest_.empty(); shift += kDigitBits) {
      const auto byte = static_cast<std::uint8_t>(take(1).front());
      value |= std::uint64_t{byte & 0x7Fu} << shift;
      if ((byte & kFollows) != 0) continue;
      if ((byte == 0 && shift > 0) || value > kLargest) return std::nullopt;
      return static_cast<std::uint32_t>(value);
    }
    return std::nullopt;
  }
  std::optional<std::string_view> text() {
    const std::optional<std::uint32_t> size = number();
    if (!size || *size > rest_.size()) return std::nullopt;
    return take(*size);
  }
  std::string_view take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  std::string_view rest() { return take(rest_.size()); }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool read_open(Reader& reader, Frame& frame) {
  const auto window = reader.number();
  const auto path = reader.text();
  const auto token = reader.text();
  const auto count = reader.number();
  if (!window || !path || !token || !count || *count > kMostProtocols) return false;
  frame.number = *window;
  frame.bytes = *path;
  frame.token = *token;
  for (std::uint32_t index = 0; index < *count; ++index) {
    const auto name = reader.text();
    if (!name) return false;
    frame.protocols.push_back(*name);
  }
  return true;
}

bool read_number(Reader& reader, Frame& frame) {
  const auto number = reader.number();
  frame.number = number.value_or(0);
  return number.has_value();
}

/// Whether what stands behind the type is as it should be.
bool read_rest(Reader& reader, Frame& frame) {
  switch (frame.type) {
    case Type::open:
      return read_open(reader, frame) && reader.done();
    case Type::opened:
    case Type::close:
      if (!read_number(reader, frame)) return false;
      frame.bytes = reader.rest();
      return true;
    case Type::text:
    case Type::binary:
      frame.bytes = reader.rest();
      return frame.bytes.size() <= kPieceBytes;
    case Type::credit:
      return read_number(reader, frame) && frame.number > 0 && reader.done();
  }
  return false;
}

void append_number(std::uint32_t number, std::string& out) {
  for (; number > 0x7F; number >>= kDigitBits) out.push_back(static_cast<char>(kFollows | (number & 0x7Fu)));
  out.push_back(static_cast<char>(number));
}

void append_text(std::string_view text, std::string& out) {
  append_number(static_cast<std::uint32_t>(text.size()), out);
  out += text;
}

std::string_view expected_of(Type type) {
  switch (type) {
    case Type::open:
      return "OPEN is a window, a path, a token and a list of sub-protocols";
    case Type::opened:
      return "OPENED is a window and a sub-protocol";
    case Type::text:
    case Type::binary:
      return "a piece has 16384 bytes at most";
    case Type::credit:
      return "CREDIT is a number above 0";
    case Type::close:
      return "CLOSE is a code and a reason";
  }
  return {};
}

}  // namespace

Result<Frame> parse(std::string_view message) {
  Reader reader(message);
  Frame frame;
  const auto stream = reader.number();
  if (!stream) return fault("a frame does not begin with the number of a stream, from 1 to 2147483647");
  if (*stream == 0) return fault("a frame is of stream 0; numbers of streams begin with 1");
  frame.stream = *stream;
  const std::string who = "a frame of stream " + std::to_string(*stream);
  if (reader.done()) return fault(who + " ends before its type");
  const auto byte = static_cast<std::uint8_t>(reader.take(1).front());
  const std::uint8_t number = byte & static_cast<std::uint8_t>(~kMore);
  frame.type = static_cast<Type>(number);
  frame.more = (byte & kMore) != 0;
  const bool piece = frame.type == Type::text || frame.type == Type::binary;
  if (number > static_cast<std::uint8_t>(Type::close) || (frame.more && !piece)) {
    return fault(who + " has the type " + std::to_string(byte) +
                 "; there are 0 to 5, and 130 and 131 for pieces that more follow");
  }
  if (!read_rest(reader, frame)) return fault(who + " is malformed: " + std::string(expected_of(frame.type)));
  return frame;
}

void append(const Frame& frame, std::string& out) {
  append_number(frame.stream, out);
  out.push_back(static_cast<char>(static_cast<std::uint8_t>(frame.type) | (frame.more ? kMore : 0)));
  switch (frame.type) {
    case Type::open:
      append_number(frame.number, out);
      append_text(frame.bytes, out);
      append_text(frame.token, out);
      append_number(static_cast<std::uint32_t>(frame.protocols.size()), out);
      for (const std::string_view name : frame.protocols) append_text(name, out);
      return;
    case Type::opened:
    case Type::close:
      append_number(frame.number, out);
      break;
    case Type::credit:
      append_number(frame.number, out);
      return;
    case Type::text:
    case Type::binary:
      break;
  }
  out += frame.bytes;
}

}  // namespace encke::mux
