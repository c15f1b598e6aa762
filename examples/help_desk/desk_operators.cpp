// The operators' side of the desk.
#include "examples/help_desk/desk.hpp"

#include <algorithm>
#include <utility>

namespace help_desk {

void Desk::operator_came(Page& page) { seats_[&page] = {}; }

void Desk::operator_left(Page& page) {
  const auto seat = seats_.find(&page);
  if (seat == seats_.end()) return;
  const auto at = operators_.find(seat->second.name);
  seats_.erase(seat);
  if (at == operators_.end()) return;
  at->second.pages.erase(&page);
  if (!at->second.pages.empty()) return;
  at->second.left = now_();
  tell_who_is_there();
}

void Desk::operator_sent(Page& page, std::string_view message) {
  Seat& seat = seats_.at(&page);
  Request request(message);
  const std::string& type = request.type();
  if (!request.ok()) return refuse(page, request, {}, request.fault());
  if (type == "hello") return operator_hello(page, seat, request);
  if (seat.name.empty()) return refuse(page, request, {}, "expected hello, with a name, first");
  if (type != "read" && type != "take" && type != "end" && type != "say" && type != "typing" &&
      type != "seen") {
    return refuse(page, request, {}, "expected a type: hello, read, take, end, say, typing or seen");
  }
  Conversation* conversation = find(request.number("id"));
  if (!request.ok()) return refuse(page, request, {}, request.fault());
  if (conversation == nullptr) {
    // The page learns which of its lines was refused.
    const std::string key = type == "say" ? request.key("key", limits_.key_bytes) : "";
    return refuse(page, request, request.ok() ? key : "", "there is no such conversation any more");
  }
  if (type == "read") return operator_reads(page, seat, *conversation);
  if (type == "take") return operator_takes(page, seat, *conversation, request);
  if (type == "end") return operator_ends(page, seat, *conversation, request);
  if (type == "say") return operator_says(page, seat, *conversation, request);
  if (type == "seen") return operator_saw(page, *conversation, request);
  const bool on = request.flag("on");
  if (!request.ok()) return refuse(page, request, {}, request.fault());
  if (conversation->owner != seat.name) return refuse(page, request, {}, "take the conversation first");
  tell_visitor(*conversation, {{"type", "typing"}, {"on", on}});
}

void Desk::operator_hello(Page& page, Seat& seat, Request& request) {
  const std::string name = request.name("name", limits_.name_bytes);
  if (!request.ok()) return refuse(page, request, {}, request.fault());
  if (!seat.name.empty()) return refuse(page, request, {}, "hello was said already");
  if (operators_.count(name) == 0 && operators_.size() >= limits_.operators) {
    return refuse(page, request, {}, "there are too many operators: please come again later");
  }
  seat.name = name;
  operators_[name].pages.insert(&page);
  nlohmann::json told = {{"type", "welcome"}, {"name", name}, {"conversations", nlohmann::json::array()}};
  for (const auto& [number, conversation] : conversations_) {
    told["conversations"].push_back(summary_of(conversation, now_()));
  }
  tell(page, told);
  tell_who_is_there();
  update_staffed();
}

nlohmann::json Desk::operator_names() const {
  nlohmann::json names = nlohmann::json::array();
  for (const auto& [name, who] : operators_) {
    if (!who.pages.empty()) names.push_back(name);
  }
  return names;
}

void Desk::tell_who_is_there() { tell_operators({{"type", "operators"}, {"names", operator_names()}}); }

void Desk::operator_reads(Page& page, Seat& seat, Conversation& conversation) {
  seat.reading = conversation.number;
  tell(page, {{"type", "lines"}, {"id", conversation.number}, {"lines", lines_of(conversation, now_())}});
}

void Desk::operator_takes(Page& page, const Seat& seat, Conversation& conversation, const Request& request) {
  if (conversation.owner == seat.name) return refuse(page, request, {}, "the conversation is yours already");
  if (!conversation.owner.empty()) {
    return refuse(page, request, {}, conversation.owner + " has taken the conversation");
  }
  conversation.state = State::taken;
  conversation.owner = seat.name;
  note(conversation, seat.name + " has joined the conversation.");
  tell_state(conversation);
}

void Desk::operator_ends(Page& page, const Seat& seat, Conversation& conversation, const Request& request) {
  if (conversation.state == State::ended) {
    return refuse(page, request, {}, "the conversation has ended already");
  }
  if (conversation.state == State::taken && conversation.owner != seat.name) {
    return refuse(page, request, {}, conversation.owner + " has taken the conversation");
  }
  end(conversation, seat.name + " has ended the conversation.");
}

void Desk::operator_says(Page& page, const Seat& seat, Conversation& conversation, Request& request) {
  const std::string key = request.key("key", limits_.key_bytes);
  if (!request.ok()) return refuse(page, request, {}, request.fault());
  std::string text = request.text("text", limits_.line_bytes);
  if (!request.ok()) return refuse(page, request, key, request.fault());
  if (const Line* known = conversation.find(Side::staff, key)) {
    return tell(page, {{"type", "line"}, {"id", conversation.number}, {"line", to_json(*known, now_())}});
  }
  if (conversation.owner != seat.name) {
    return refuse(
        page, request, key,
        conversation.owner.empty() ? "take the conversation first" : conversation.owner + " has taken it");
  }
  tell_line(conversation,
            conversation.add(
                {.from = Side::staff, .name = seat.name, .key = key, .text = std::move(text), .when = now_()},
                limits_.lines));
  tell_summary(conversation);
}

void Desk::operator_saw(Page& page, Conversation& conversation, Request& request) {
  const std::uint64_t number = request.number("n");
  if (!request.ok()) return refuse(page, request, {}, request.fault());
  const std::uint64_t seen = std::min(number, conversation.last_number);
  if (seen <= conversation.seen_by_staff) return;
  conversation.seen_by_staff = seen;
  tell_visitor(conversation, {{"type", "seen"}, {"n", seen}});
  tell_summary(conversation);
}

}  // namespace help_desk
