// The desk: visitors ask, operators answer. All of its logic, without a network, a timer or a thread.
#pragma once

#include "examples/help_desk/conversation.hpp"
#include "examples/help_desk/limits.hpp"
#include "examples/help_desk/page.hpp"
#include "examples/help_desk/request.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace help_desk {

/// Belongs to one thread. README.md has the messages. A conversation is made by the first thing that a
/// visitor says, and belongs to the operator who took it; operators are told apart by their names. Whatever a
/// page sends that it may not is answered with an error, and changes nothing.
class Desk {
 public:
  /// `make_secret` makes what lets a visitor back into a conversation.
  Desk(Limits limits, std::function<TimePoint()> now, std::function<std::string()> make_secret);

  void visitor_came(Page& page);
  void visitor_sent(Page& page, std::string_view message);
  /// The desk does not use the page any more.
  void visitor_left(Page& page);

  void operator_came(Page& page);
  void operator_sent(Page& page, std::string_view message);
  void operator_left(Page& page);

  /// What is due by the clock: conversations that nobody goes on with are forgotten, those of operators who
  /// have gone wait again. To be called every second or so.
  void tick();

 private:
  struct Visitor {
    std::string name{};       ///< given before there is a conversation
    std::uint64_t about = 0;  ///< the number of the conversation; 0: none yet
  };
  struct Operator {
    std::set<Page*> pages;
    TimePoint left;  ///< when the last page went
  };
  struct Seat {
    std::string name;           ///< empty until the page has said hello
    std::uint64_t reading = 0;  ///< the conversation whose lines it gets; 0: none
  };

  static void tell(Page& page, const nlohmann::json& message) { page.send(message.dump()); }
  static void refuse(Page& page, const Request& request, std::string_view key, std::string_view text);

  // desk.cpp: both sides
  void tell_visitor(const Conversation& conversation, const nlohmann::json& message);
  void tell_operators(const nlohmann::json& message);
  void tell_readers(const Conversation& conversation, const nlohmann::json& message);
  void tell_summary(const Conversation& conversation);
  void tell_line(const Conversation& conversation, const Line& line);
  void tell_state(const Conversation& conversation);
  void note(Conversation& conversation, std::string text);
  void end(Conversation& conversation, std::string text);
  void forget(std::uint64_t number);
  void update_staffed();
  Conversation* find(std::uint64_t number);

  // desk_visitors.cpp
  void visitor_hello(Page& page, Visitor& visitor, Request& request);
  void visitor_says(Page& page, Visitor& visitor, Request& request);
  void visitor_named(Page& page, Visitor& visitor, Request& request);
  void visitor_saw(Page& page, Conversation& conversation, Request& request);
  void welcome(Page& page, const Conversation* conversation, bool forgotten) const;
  Conversation* start_conversation(Page& page, Visitor& visitor);
  bool make_room();

  // desk_operators.cpp
  void operator_hello(Page& page, Seat& seat, Request& request);
  void operator_reads(Page& page, Seat& seat, Conversation& conversation);
  void operator_takes(Page& page, const Seat& seat, Conversation& conversation, const Request& request);
  void operator_ends(Page& page, const Seat& seat, Conversation& conversation, const Request& request);
  void operator_says(Page& page, const Seat& seat, Conversation& conversation, Request& request);
  void operator_saw(Page& page, Conversation& conversation, Request& request);
  void tell_who_is_there();
  nlohmann::json operator_names() const;

  Limits limits_;
  std::function<TimePoint()> now_;
  std::function<std::string()> make_secret_;
  std::map<std::uint64_t, Conversation> conversations_;
  std::unordered_map<std::string, std::uint64_t> numbers_;  // by the visitors' secrets
  std::uint64_t last_number_ = 0;
  std::map<Page*, Visitor> visitors_;
  std::map<Page*, Seat> seats_;
  std::map<std::string, Operator> operators_;
  bool staffed_ = false;
};

}  // namespace help_desk
