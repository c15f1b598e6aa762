// What both sides of the desk share: who is told what, and what is due by the clock.
#include "examples/help_desk/desk.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace help_desk {

Desk::Desk(Limits limits, std::function<TimePoint()> now, std::function<std::string()> make_secret)
    : limits_(limits), now_(std::move(now)), make_secret_(std::move(make_secret)) {}

void Desk::refuse(Page& page, const Request& request, std::string_view key, std::string_view text) {
  nlohmann::json told = {{"type", "error"}, {"text", text}};
  if (!request.type().empty()) told["about"] = request.type();
  if (!key.empty()) told["key"] = key;
  tell(page, told);
}

void Desk::tell_visitor(const Conversation& conversation, const nlohmann::json& message) {
  for (Page* page : conversation.pages) tell(*page, message);
}

void Desk::tell_operators(const nlohmann::json& message) {
  for (const auto& [page, seat] : seats_) {
    if (!seat.name.empty()) tell(*page, message);
  }
}

void Desk::tell_readers(const Conversation& conversation, const nlohmann::json& message) {
  for (const auto& [page, seat] : seats_) {
    if (seat.reading == conversation.number) tell(*page, message);
  }
}

void Desk::tell_summary(const Conversation& conversation) {
  tell_operators({{"type", "conversation"}, {"conversation", summary_of(conversation, now_())}});
}

void Desk::tell_line(const Conversation& conversation, const Line& line) {
  nlohmann::json told = {{"type", "line"}, {"line", to_json(line, now_())}};
  tell_visitor(conversation, told);
  told["id"] = conversation.number;
  tell_readers(conversation, told);
}

void Desk::tell_state(const Conversation& conversation) {
  nlohmann::json told = {{"type", "state"}, {"state", to_text(conversation.state)}};
  if (!conversation.owner.empty()) told["operator"] = conversation.owner;
  tell_visitor(conversation, told);
  tell_summary(conversation);
}

void Desk::note(Conversation& conversation, std::string text) {
  tell_line(conversation,
            conversation.add({.from = Side::note, .text = std::move(text), .when = now_()}, limits_.lines));
}

void Desk::end(Conversation& conversation, std::string text) {
  conversation.state = State::ended;
  conversation.owner.clear();
  note(conversation, std::move(text));
  tell_state(conversation);
}

Conversation* Desk::find(std::uint64_t number) {
  const auto at = conversations_.find(number);
  return at == conversations_.end() ? nullptr : &at->second;
}

void Desk::forget(std::uint64_t number) {
  const auto at = conversations_.find(number);
  for (Page* page : at->second.pages) {
    visitors_[page] = {.name = at->second.name};
    tell(*page, {{"type", "gone"}});
  }
  for (auto& [page, seat] : seats_) {
    if (seat.reading == number) seat.reading = 0;
  }
  numbers_.erase(at->second.secret);
  conversations_.erase(at);
  tell_operators({{"type", "gone"}, {"id", number}});
}

void Desk::update_staffed() {
  const TimePoint now = now_();
  const bool staffed = std::any_of(operators_.begin(), operators_.end(), [&](const auto& entry) {
    return !entry.second.pages.empty() || now - entry.second.left < limits_.away;
  });
  if (staffed == staffed_) return;
  staffed_ = staffed;
  const nlohmann::json told = {{"type", "staffed"}, {"staffed", staffed}};
  for (const auto& [page, ignored] : visitors_) tell(*page, told);
}

void Desk::tick() {
  const TimePoint now = now_();
  std::vector<std::uint64_t> still;
  for (const auto& [number, conversation] : conversations_) {
    if (now - conversation.last_heard >= limits_.idle) still.push_back(number);
  }
  for (const std::uint64_t number : still) forget(number);
  update_staffed();
  for (auto at = operators_.begin(); at != operators_.end();) {
    if (!at->second.pages.empty() || now - at->second.left < limits_.absence) {
      ++at;
      continue;
    }
    const std::string name = at->first;
    at = operators_.erase(at);
    for (auto& [number, conversation] : conversations_) {
      if (conversation.owner != name) continue;
      conversation.state = State::waiting;
      conversation.owner.clear();
      conversation.waiting_since = now;
      note(conversation, name + " has left the desk. Somebody else will go on.");
      tell_state(conversation);
    }
  }
}

}  // namespace help_desk
