// The numbers of a page that speaks the facade's protocol.
#include "tests/bench/facade_page.hpp"

#include <charconv>

namespace encke::bench {
namespace {

constexpr std::size_t kKeyCharacters = 36;

template <typename Number>
bool read_number(std::string_view text, Number& number) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return result.ec == std::errc{} && result.ptr == text.data() + text.size();
}

/// What stands behind `name` in a flat JSON object.
std::string_view behind(std::string_view json, std::string_view name) {
  const std::size_t at = json.find(name);
  return at == std::string_view::npos ? std::string_view{} : json.substr(at + name.size());
}

}  // namespace

bool FacadePage::read_opening(std::string_view json) {
  const std::string_view key = behind(json, "\"session\":\"");
  const std::string_view window = behind(json, "\"window\":");
  key_ = key.substr(0, kKeyCharacters);
  return key.size() > kKeyCharacters && key[kKeyCharacters] == '"' &&
         read_number(window.substr(0, window.find_first_not_of("0123456789")), window_) && window_ > 0;
}

FacadePage::Frame FacadePage::read(std::string_view frame, std::vector<std::string_view>& messages,
                                   std::string& storage, Loop::Time now) {
  messages.clear();
  if (frame.starts_with('k')) {
    std::uint64_t number = 0;
    const bool right = read_number(frame.substr(1), number) && number <= sent_;
    return right ? Frame::Acknowledgement : Frame::Broken;
  }
  switch (read_frame(frame, messages, storage)) {
    case FrameKind::Heartbeat:
      return Frame::Heartbeat;
    case FrameKind::Messages:
      break;
    default:
      return Frame::Broken;
  }
  if (!owes()) since_ = now;
  received_ += messages.size();
  for (const auto message : messages) unstated_cost_ += message.size() + kMessageOverhead;
  return Frame::Messages;
}

std::uint64_t FacadePage::state() {
  stated_ = received_;
  unstated_cost_ = 0;
  return stated_;
}

}  // namespace encke::bench
