// A conversation's lines, and what pages are told of it.
#include "examples/help_desk/conversation.hpp"

#include <algorithm>
#include <utility>

namespace help_desk {
namespace {

constexpr std::size_t kPreviewBytes = 160;

std::int64_t seconds_since(TimePoint when, TimePoint now) {
  return std::chrono::duration_cast<std::chrono::seconds>(now - when).count();
}

std::string_view to_text(Side side) {
  switch (side) {
    case Side::visitor:
      return "visitor";
    case Side::staff:
      return "operator";
    case Side::note:
      break;
  }
  return "note";
}

/// The beginning of a text, cut between two characters.
std::string preview(const std::string& text) {
  if (text.size() <= kPreviewBytes) return text;
  std::size_t end = kPreviewBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "\u2026";
}

}  // namespace

const Line& Conversation::add(Line line, std::size_t most) {
  line.number = ++last_number;
  if (line.from != Side::note) last_heard = line.when;
  lines.push_back(std::move(line));
  while (lines.size() > most) lines.pop_front();
  return lines.back();
}

const Line* Conversation::find(Side from, std::string_view key) const {
  const auto at = std::find_if(lines.begin(), lines.end(),
                               [&](const Line& line) { return line.from == from && line.key == key; });
  return at == lines.end() ? nullptr : &*at;
}

std::size_t Conversation::unread() const {
  return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), [this](const Line& line) {
    return line.from == Side::visitor && line.number > seen_by_staff;
  }));
}

nlohmann::json to_json(const Line& line, TimePoint now) {
  nlohmann::json told = {{"n", line.number},
                         {"from", to_text(line.from)},
                         {"text", line.text},
                         {"ago", seconds_since(line.when, now)}};
  if (!line.name.empty()) told["name"] = line.name;
  if (!line.key.empty()) told["key"] = line.key;
  return told;
}

nlohmann::json lines_of(const Conversation& conversation, TimePoint now) {
  nlohmann::json lines = nlohmann::json::array();
  for (const Line& line : conversation.lines) lines.push_back(to_json(line, now));
  return lines;
}

std::string_view to_text(State state) {
  switch (state) {
    case State::waiting:
      return "waiting";
    case State::taken:
      return "taken";
    case State::ended:
      break;
  }
  return "ended";
}

nlohmann::json summary_of(const Conversation& conversation, TimePoint now) {
  nlohmann::json told = {{"id", conversation.number},
                         {"name", conversation.name},
                         {"state", to_text(conversation.state)},
                         {"online", !conversation.pages.empty()},
                         {"unread", conversation.unread()},
                         {"seen", conversation.seen_by_visitor},
                         {"quiet", seconds_since(conversation.last_heard, now)}};
  if (!conversation.owner.empty()) told["operator"] = conversation.owner;
  if (conversation.state == State::waiting) told["waited"] = seconds_since(conversation.waiting_since, now);
  const auto last = std::find_if(conversation.lines.rbegin(), conversation.lines.rend(),
                                 [](const Line& line) { return line.from != Side::note; });
  if (last != conversation.lines.rend()) {
    told["last"] = {{"from", to_text(last->from)}, {"text", preview(last->text)}};
  }
  return told;
}

}  // namespace help_desk
