// The visitors' side of the desk.
#include "examples/help_desk/desk.hpp"

#include <algorithm>
#include <utility>

namespace help_desk {

void Desk::visitor_came(Page& page) { visitors_[&page] = {}; }

void Desk::visitor_left(Page& page) {
  const auto at = visitors_.find(&page);
  if (at == visitors_.end()) return;
  Conversation* conversation = find(at->second.about);
  visitors_.erase(at);
  if (conversation == nullptr) return;
  conversation->pages.erase(&page);
  if (conversation->pages.empty()) {
    tell_operators({{"type", "typing"}, {"id", conversation->number}, {"on", false}});
    tell_summary(*conversation);
  }
}

void Desk::visitor_sent(Page& page, std::string_view message) {
  Visitor& visitor = visitors_.at(&page);
  Request request(message);
  const std::string& type = request.type();
  if (!request.ok()) return refuse(page, request, {}, request.fault());
  if (type == "hello") return visitor_hello(page, visitor, request);
  if (type == "say") return visitor_says(page, visitor, request);
  if (type == "name") return visitor_named(page, visitor, request);
  if (type != "typing" && type != "seen" && type != "end") {
    return refuse(page, request, {}, "expected a type: hello, say, name, typing, seen or end");
  }
  Conversation* conversation = find(visitor.about);
  if (conversation == nullptr) return refuse(page, request, {}, "there is no conversation yet");
  if (type == "seen") return visitor_saw(page, *conversation, request);
  if (type == "typing") {
    const bool on = request.flag("on");
    if (!request.ok()) return refuse(page, request, {}, request.fault());
    return tell_operators({{"type", "typing"}, {"id", conversation->number}, {"on", on}});
  }
  if (conversation->state == State::ended) {
    return refuse(page, request, {}, "the conversation has ended already");
  }
  end(*conversation, conversation->name + " has ended the conversation.");
}

void Desk::welcome(Page& page, const Conversation* conversation, bool forgotten) const {
  nlohmann::json told = {{"type", "welcome"},
                         {"staffed", staffed_},
                         {"forgotten", forgotten},
                         {"lines", nlohmann::json::array()}};
  if (conversation != nullptr) {
    told["id"] = conversation->secret;
    told["name"] = conversation->name;
    told["state"] = to_text(conversation->state);
    told["lines"] = lines_of(*conversation, now_());
    told["seen"] = conversation->seen_by_staff;
    told["read"] = conversation->seen_by_visitor;
    if (!conversation->owner.empty()) told["operator"] = conversation->owner;
  }
  tell(page, told);
}

void Desk::visitor_hello(Page& page, Visitor& visitor, Request& request) {
  if (visitor.about != 0) return refuse(page, request, {}, "hello was said already");
  if (!request.has("id")) return welcome(page, nullptr, false);
  const std::string secret = request.key("id", limits_.key_bytes);
  if (!request.ok()) return refuse(page, request, {}, request.fault());
  const auto at = numbers_.find(secret);
  if (at == numbers_.end()) return welcome(page, nullptr, true);
  Conversation& conversation = conversations_.at(at->second);
  if (conversation.pages.size() >= limits_.pages) {
    return refuse(page, request, {}, "the conversation is open in too many pages: close one of them");
  }
  visitor.about = conversation.number;
  conversation.pages.insert(&page);
  welcome(page, &conversation, false);
  if (conversation.pages.size() == 1) tell_summary(conversation);
}

bool Desk::make_room() {
  if (conversations_.size() < limits_.conversations) return true;
  auto oldest = conversations_.end();
  for (auto at = conversations_.begin(); at != conversations_.end(); ++at) {
    if (at->second.state != State::ended) continue;
    if (oldest == conversations_.end() || at->second.last_heard < oldest->second.last_heard) oldest = at;
  }
  if (oldest == conversations_.end()) return false;
  forget(oldest->first);
  return true;
}

Conversation* Desk::start_conversation(Page& page, Visitor& visitor) {
  if (!make_room()) return nullptr;
  std::string secret = make_secret_();  // first: it may throw
  const std::uint64_t number = ++last_number_;
  Conversation& conversation = conversations_[number];
  conversation.number = number;
  conversation.secret = std::move(secret);
  conversation.name = visitor.name.empty() ? "Visitor " + std::to_string(number) : visitor.name;
  conversation.waiting_since = conversation.last_heard = now_();
  conversation.pages.insert(&page);
  numbers_[conversation.secret] = number;
  visitor.about = number;
  tell(page, {{"type", "started"}, {"id", conversation.secret}});
  tell_state(conversation);
  return &conversation;
}

void Desk::visitor_says(Page& page, Visitor& visitor, Request& request) {
  const std::string key = request.key("key", limits_.key_bytes);
  if (!request.ok()) return refuse(page, request, {}, request.fault());
  std::string text = request.text("text", limits_.line_bytes);
  if (!request.ok()) return refuse(page, request, key, request.fault());
  Conversation* conversation = find(visitor.about);
  if (conversation == nullptr) conversation = start_conversation(page, visitor);
  if (conversation == nullptr) return refuse(page, request, key, "the desk is full: please come again later");
  if (const Line* known = conversation->find(Side::visitor, key)) {
    return tell(page, {{"type", "line"}, {"line", to_json(*known, now_())}});
  }
  if (conversation->state == State::ended) {
    conversation->state = State::waiting;
    conversation->waiting_since = now_();
    tell_state(*conversation);
  }
  tell_line(*conversation,
            conversation->add({.from = Side::visitor, .key = key, .text = std::move(text), .when = now_()},
                              limits_.lines));
  tell_summary(*conversation);
}

void Desk::visitor_named(Page& page, Visitor& visitor, Request& request) {
  const std::string name = request.name("name", limits_.name_bytes);
  if (!request.ok()) return refuse(page, request, {}, request.fault());
  visitor.name = name;
  Conversation* conversation = find(visitor.about);
  if (conversation == nullptr || conversation->name == name) return;
  conversation->name = name;
  tell_summary(*conversation);
}

void Desk::visitor_saw(Page& page, Conversation& conversation, Request& request) {
  const std::uint64_t number = request.number("n");
  if (!request.ok()) return refuse(page, request, {}, request.fault());
  const std::uint64_t seen = std::min(number, conversation.last_number);
  if (seen <= conversation.seen_by_visitor) return;
  conversation.seen_by_visitor = seen;
  tell_summary(conversation);
}

}  // namespace help_desk
