// The frames of the facade's protocol, from the page's end.
#include "tests/support/page_frames.hpp"

#include "server/crypto/base64.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace encke::test {

namespace {

using Json = nlohmann::json;
constexpr std::uint64_t kLargestNumber = (std::uint64_t{1} << 53) - 1;

std::string json_string(std::string_view text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string unpadded(std::string_view bytes) {
  std::string text = crypto::base64_encode(bytes);
  while (text.ends_with('=')) text.pop_back();
  return text;
}

std::optional<std::string> bytes_of(std::string text) {
  if (text.ends_with('=')) return std::nullopt;
  while (text.size() % 4 != 0) text += '=';
  return crypto::base64_decode(text);
}

std::optional<std::vector<Message>> texts(std::string_view array) {
  const Json json = Json::parse(array, nullptr, false);
  if (!json.is_array() || json.empty()) return std::nullopt;
  std::vector<Message> messages;
  for (const Json& member : json) {
    if (!member.is_string()) return std::nullopt;
    messages.push_back(Message::text(member.get_ref<const std::string&>()));
  }
  return messages;
}

std::optional<std::vector<Message>> binaries(std::string_view list) {
  std::vector<Message> messages;
  for (;;) {
    const std::size_t comma = list.find(',');
    const auto bytes = bytes_of(std::string(list.substr(0, comma)));
    if (!bytes) return std::nullopt;
    messages.push_back(Message::binary(*bytes));
    if (comma == std::string_view::npos) return messages;
    list.remove_prefix(comma + 1);
  }
}

std::optional<CloseReason> reason_of(std::string_view pair) {
  const Json json = Json::parse(pair, nullptr, false);
  if (!json.is_array() || json.size() != 2 || !json[0].is_number_unsigned() || !json[1].is_string() ||
      json[0].get<std::uint64_t>() > 4'999) {
    return std::nullopt;
  }
  return CloseReason{json[0].get<std::uint16_t>(), json[1].get<std::string>()};
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (text.empty() || text.size() > 16 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  std::uint64_t number = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + static_cast<unsigned>(digit - '0');
  }
  if (number > kLargestNumber) return std::nullopt;
  return number;
}

std::optional<PageFrame> parse_page_frame(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const std::string_view rest = text.substr(1);
  PageFrame frame;
  switch (text[0]) {
    case 'a':
    case 'b': {
      auto messages = text[0] == 'a' ? texts(rest) : binaries(rest);
      if (!messages) return std::nullopt;
      frame.kind = PageFrame::Kind::messages;
      frame.messages = std::move(*messages);
      return frame;
    }
    case 'k':
    case 's': {
      const auto number = parse_number(rest);
      if (!number) return std::nullopt;
      frame.kind = text[0] == 'k' ? PageFrame::Kind::acknowledgement : PageFrame::Kind::beginning;
      frame.number = *number;
      return frame;
    }
    case 'h':
      if (!rest.empty()) return std::nullopt;
      return frame;
    case 'c':
    case 'e': {
      auto reason = reason_of(rest);
      if (!reason) return std::nullopt;
      frame.kind = text[0] == 'c' ? PageFrame::Kind::close : PageFrame::Kind::refusal;
      frame.reason = std::move(*reason);
      return frame;
    }
    default:
      return std::nullopt;
  }
}

std::string acknowledgement_frame(std::uint64_t number) {
  return std::string(1, 'k') += std::to_string(number);
}

std::string close_frame(const CloseReason& reason) {
  std::string text = "c[";
  ((text += std::to_string(reason.code)) += ',') += json_string(reason.text);
  return text += ']';
}

bool MessageFrames::add(const Message& message, std::size_t limit) {
  const bool binary = message.is_binary();
  const char letter = binary ? 'b' : 'a';
  const std::string piece = binary ? unpadded(message.data()) : json_string(message.data());
  const bool joins = letter == last_;
  const std::size_t framing = joins ? 1 : (last_ == 0 ? 1u : 2u) + (binary ? 0u : 2u);
  if (last_ != 0 && text_.size() + framing + piece.size() > limit) return false;
  if (joins) {
    if (!binary) text_.pop_back();
    text_ += ',';
  } else {
    if (last_ != 0) text_ += '\n';
    text_ += letter;
    if (!binary) text_ += '[';
  }
  text_ += piece;
  if (!binary) text_ += ']';
  last_ = letter;
  return true;
}

std::string MessageFrames::take() {
  last_ = 0;
  return std::exchange(text_, {});
}

std::optional<PageOpening> parse_opening(std::string_view json) {
  try {
    const Json members = Json::parse(json);
    if (members.at("version").get<std::uint64_t>() != 1) return std::nullopt;
    PageOpening opening;
    members.at("session").get_to(opening.session);
    members.at("heartbeat").get_to(opening.heartbeat_ms);
    members.at("resume_window").get_to(opening.resume_window_ms);
    members.at("window").get_to(opening.window);
    members.at("max_message_bytes").get_to(opening.max_message_bytes);
    members.at("transports").get_to(opening.transports);
    members.at("hosts").get_to(opening.hosts);
    return opening;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace encke::test
