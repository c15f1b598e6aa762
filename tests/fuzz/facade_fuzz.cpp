// The facade's letters: whatever comes, a letter is taken whole or not at all; what was taken comes back when
// it is written and read again; numbers and `r` mean one thing only.
#include "tests/fuzz/require.hpp"
#include "transports/shared/facade_frames.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace facade = encke::facade;
using encke::Frame;
using encke::Message;
using encke::test::require;
using facade::Letter;

namespace {

constexpr std::size_t kLimit = 64;
constexpr facade::LetterLimits kLimits{kLimit, 64};

std::string written(const Letter& letter, std::size_t bytes) {
  std::vector<Frame> frames;
  for (const Message& message : letter.messages) {
    frames.push_back({.kind = Frame::Kind::message, .message = &message});
  }
  if (letter.received) frames.push_back({.kind = Frame::Kind::acknowledgement, .number = *letter.received});
  if (letter.close) frames.push_back({.kind = Frame::Kind::close, .reason = &*letter.close});
  std::string out = letter.asks ? "q\n" : "";
  for (std::span<const Frame> rest = frames; !rest.empty();) {
    const std::size_t used = facade::append_frame(rest, bytes, out);
    require(used > 0 && used <= rest.size(), "a frame stands for what was there");
    rest = rest.subspan(used);
    out += '\n';
  }
  return out;
}

void same(const Letter& one, const Letter& other) {
  require(one.messages.size() == other.messages.size(), "as many messages");
  for (std::size_t index = 0; index < one.messages.size(); ++index) {
    require(one.messages[index].is_binary() == other.messages[index].is_binary(), "of the same kind");
    require(one.messages[index].data() == other.messages[index].data(), "with the same bytes");
  }
  require(one.received == other.received && one.asks == other.asks, "the same numbers");
  require(one.close.has_value() == other.close.has_value(), "closed or not");
  if (one.close)
    require(one.close->code == other.close->code && one.close->text == other.close->text, "as it was");
}

void read_letter(std::string_view body) {
  Letter letter;
  const encke::Result<void> read = facade::parse_letter(body, kLimits, letter);
  if (!read) {
    require(read.error().status == 400 || read.error().status == 413, "refused as broken or too long");
    for (const char byte : read.error().text) require(byte >= ' ' && byte <= '~', "with a text that is safe");
    return;
  }
  for (const Message& message : letter.messages)
    require(message.size() <= kLimit, "no message beyond the limit");
  for (const std::size_t bytes : {std::size_t{0}, kLimit, std::size_t{1} << 20}) {
    const std::string wire = written(letter, bytes);
    Letter again;
    // Nothing at all is an empty letter, which asks.
    if (wire.empty()) continue;
    require(static_cast<bool>(facade::parse_letter(wire, kLimits, again)), "what is written can be read");
    same(letter, again);
  }
}

void read_numbers(std::string_view text) {
  const std::optional<std::uint64_t> number = facade::parse_number(text);
  if (number) {
    require(*number <= encke::kLargestNumber && std::to_string(*number) == text, "a number has one spelling");
  }
  const encke::Result<facade::SocketJoining> joining = facade::parse_joining(text);
  if (!joining) return;
  const std::string spelled = "r[" + std::to_string(joining->joining.carrier) + "," +
                              std::to_string(joining->joining.received) + "," +
                              std::to_string(joining->first) + "]";
  require(spelled == text, "so has r");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  read_letter(input);
  read_numbers(input);
  return 0;
}
