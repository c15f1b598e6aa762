// Strict JSON reading on nlohmann's parser, which by itself keeps the last of two equal keys.
#include "server/app/json_text.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace encke::app {
namespace {

using nlohmann::json;

constexpr std::size_t kDeepest = 64;  // no key that there is needs a tenth of that

/// Thrown at what lies deeper.
struct TooDeep {
  std::string path;
};

/// Follows the parser's events to know the path at each key.
class DuplicateKeys {
 public:
  explicit DuplicateKeys(std::vector<std::string>& errors) : errors_(errors) {}

  void on_event(json::parse_event_t event, const json& parsed) {
    switch (event) {
      case json::parse_event_t::object_start:
      case json::parse_event_t::array_start:
        if (open_.size() == kDeepest) throw TooDeep{open_.back().path};
        open_.push_back({path_of_next(), {}, event == json::parse_event_t::array_start, 0, {}});
        break;
      case json::parse_event_t::object_end:
      case json::parse_event_t::array_end:
        open_.pop_back();
        break;
      case json::parse_event_t::key: {
        Open& object = open_.back();
        object.key = parsed.get<std::string>();
        if (!object.keys.insert(object.key).second) {
          errors_.push_back(member_path(object.path, object.key) + ": given twice, expected once");
        }
        break;
      }
      case json::parse_event_t::value:
        path_of_next();
        break;
    }
  }

  /// Where the value is that comes next.
  std::string path_of_next() {
    if (open_.empty()) return "$";
    Open& parent = open_.back();
    return parent.is_array ? element_path(parent.path, parent.elements++)
                           : member_path(parent.path, parent.key);
  }

 private:
  struct Open {
    std::string path;
    std::string key;
    bool is_array;
    std::size_t elements;
    std::set<std::string> keys;
  };

  std::vector<Open> open_;
  std::vector<std::string>& errors_;
};

std::string describe(const json::parse_error& error, std::string_view text) {
  // `byte` counts from 1 and names the last byte read.
  const std::size_t at = std::min(error.byte == 0 ? 0 : error.byte - 1, text.size());
  const std::string_view before = text.substr(0, at);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t newline = before.rfind('\n');
  const std::size_t column = at - (newline == std::string_view::npos ? 0 : newline + 1) + 1;
  // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while ...": the end says
  // what was expected.
  const std::string_view what = error.what();
  const std::size_t colon = what.find(": ");
  return "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " +
         std::string(colon == std::string_view::npos ? what : what.substr(colon + 2));
}

}  // namespace

std::string printable(std::string text) {
  for (std::size_t at = text.find('\x7f'); at != std::string::npos; at = text.find('\x7f', at)) {
    text.replace(at, 1, "<U+007F>");
  }
  return text;
}

std::string member_path(std::string_view path, std::string_view key) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (!key.empty() && std::all_of(key.begin(), key.end(), is_word) && !(key[0] >= '0' && key[0] <= '9')) {
    return std::string(path) + "." + std::string(key);
  }
  return std::string(path) + "[" + json(key).dump(-1, ' ', false, json::error_handler_t::replace) + "]";
}

std::string element_path(std::string_view path, std::size_t index) {
  return std::string(path) + "[" + std::to_string(index) + "]";
}

JsonText parse_json_text(std::string_view text) {
  JsonText result;
  DuplicateKeys duplicates(result.errors);
  try {
    result.value = json::parse(text, [&](int, json::parse_event_t event, json& parsed) {
      duplicates.on_event(event, parsed);
      return true;
    });
  } catch (const json::parse_error& error) {
    result.errors = {describe(error, text)};
  } catch (const json::out_of_range& error) {
    // "[json.exception.out_of_range.406] number overflow parsing '1e999'"
    const std::string_view what = error.what();
    const std::string_view number = what.substr(std::min(what.find('\''), what.size()));
    result.errors = {duplicates.path_of_next() + ": found " + std::string(number) +
                     ", expected a number that a double can hold"};
  } catch (const TooDeep& deep) {
    result.errors = {deep.path + ": holds a value " + std::to_string(kDeepest) +
                     " deep, expected no such depth"};
  }
  for (std::string& error : result.errors) error = printable(std::move(error));
  return result;
}

}  // namespace encke::app
