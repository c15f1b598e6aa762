// One conversation: its lines, whose it is, and what each side has seen of it.
#pragma once

#include "examples/help_desk/limits.hpp"
#include "examples/help_desk/page.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <string_view>

namespace help_desk {

using TimePoint = std::chrono::steady_clock::time_point;

enum class Side : std::uint8_t { visitor, staff, note };

struct Line {
  std::uint64_t number = 0;  ///< from 1, in each conversation
  Side from = Side::note;
  std::string name{};  ///< of the operator; empty for others
  std::string key{};   ///< what its sender's page calls it, so that what is sent twice is kept once
  std::string text{};
  TimePoint when{};
};

enum class State : std::uint8_t {
  waiting,  ///< for an operator
  taken,    ///< by `owner`
  ended,    ///< until the visitor says something more, or an operator takes it up again
};

struct Conversation {
  std::uint64_t number = 0;  ///< what operators call it
  std::string secret;        ///< the visitor's; no operator is told
  std::string name;
  State state = State::waiting;
  std::string owner;        ///< an operator's name; empty where none has it
  TimePoint waiting_since;  ///< while it waits
  TimePoint last_heard;     ///< when something was said last
  std::deque<Line> lines;
  std::uint64_t last_number = 0;
  std::uint64_t seen_by_visitor = 0;
  std::uint64_t seen_by_staff = 0;
  std::set<Page*> pages;  ///< the visitor's that are open

  const Line& add(Line line, std::size_t most);
  /// The line that this side has sent by that key; nullptr where there is none, or it has gone.
  const Line* find(Side from, std::string_view key) const;
  /// Lines of the visitor's that no operator has seen.
  std::size_t unread() const;
};

/// Times are told as seconds ago: clocks of browsers are often wrong.
nlohmann::json to_json(const Line& line, TimePoint now);
nlohmann::json lines_of(const Conversation& conversation, TimePoint now);
std::string_view to_text(State state);
/// What a list of conversations shows of one.
nlohmann::json summary_of(const Conversation& conversation, TimePoint now);

}  // namespace help_desk
