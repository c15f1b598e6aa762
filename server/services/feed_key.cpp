// Finds the key of a feed's message.
#include "server/services/feed_key.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace encke::services {

namespace {

using nlohmann::json;

/// The parts of a pointer that is good, "~1" being "/" and "~0" being "~".
std::vector<std::string> parts_of(std::string_view pointer) {
  std::vector<std::string> parts;
  for (std::size_t begin = 1; begin <= pointer.size();) {
    const std::size_t end = std::min(pointer.find('/', begin), pointer.size());
    std::string part;
    for (std::size_t at = begin; at < end; ++at) {
      if (pointer[at] != '~') {
        part += pointer[at];
      } else {
        part += pointer[++at] == '1' ? '/' : '~';
      }
    }
    parts.push_back(std::move(part));
    begin = end + 1;
  }
  return parts;
}

/// Follows a path through a text of JSON, and looks no further than to its end.
class PathReader final : public nlohmann::json_sax<json> {
 public:
  explicit PathReader(const std::vector<std::string>& path) : path_(path) {}
  std::optional<std::string> found;

  bool null() override { return pass(); }
  bool boolean(bool value) override { return take(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return take(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return take(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { return take(text); }
  bool string(string_t& value) override { return take(value); }
  bool binary(binary_t&) override { return pass(); }
  bool start_object(std::size_t) override { return enter(false); }
  bool key(string_t& name) override {
    named_ = aside_ == 0 && path_[levels_.size() - 1] == name;
    return true;
  }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t) override { return enter(true); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override { return false; }

 private:
  /// A container on the path.
  struct Level {
    bool list;
    std::size_t index;
  };

  /// Whether the value that begins now stands on the path.
  bool on_path() {
    if (aside_ > 0) return false;
    if (levels_.empty()) return true;
    Level& level = levels_.back();
    if (!level.list) return std::exchange(named_, false);
    return std::to_string(level.index++) == path_[levels_.size() - 1];
  }
  bool take(std::string text) {
    if (!on_path()) return true;
    if (levels_.size() == path_.size()) found = std::move(text);
    return false;
  }
  bool pass() { return !on_path(); }
  bool enter(bool list) {
    if (!on_path()) {
      ++aside_;
      return true;
    }
    if (levels_.size() == path_.size()) return false;  // what should be the key is a container
    levels_.push_back({list, 0});
    return true;
  }
  bool leave() {
    if (aside_ == 0) return false;  // it had no such member
    --aside_;
    return true;
  }

  const std::vector<std::string>& path_;
  std::vector<Level> levels_;  // no more than the path has parts
  std::size_t aside_ = 0;      // containers that are entered and not on the path
  bool named_ = false;         // the next member of the last level
};

}  // namespace

std::string_view key_fault(const FeedKey& key) {
  if (key.kind == FeedKey::Kind::before) return key.text.empty() ? "a text that is not empty" : "";
  if (key.kind == FeedKey::Kind::none) return "";
  constexpr std::string_view kForm = "a JSON pointer, as \"/symbol\"";
  if (!key.text.starts_with('/')) return kForm;
  for (std::size_t at = 0; (at = key.text.find('~', at)) != std::string::npos; ++at) {
    if (at + 1 == key.text.size() || (key.text[at + 1] != '0' && key.text[at + 1] != '1')) return kForm;
  }
  return "";
}

KeyFinder::KeyFinder(const FeedKey& key)
    : key_(key), path_(key.kind == FeedKey::Kind::member ? parts_of(key.text) : std::vector<std::string>()) {}

std::optional<std::string> KeyFinder::find(std::string_view message) const {
  switch (key_.kind) {
    case FeedKey::Kind::none:
      break;
    case FeedKey::Kind::before: {
      const std::size_t end = message.find(key_.text);
      if (end != std::string_view::npos) return std::string(message.substr(0, end));
      break;
    }
    case FeedKey::Kind::member: {
      PathReader reader(path_);
      static_cast<void>(json::sax_parse(message.begin(), message.end(), &reader));
      return std::move(reader.found);
    }
  }
  return std::nullopt;
}

}  // namespace encke::services
