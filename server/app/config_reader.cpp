// JSON values with paths and errors.
#include "server/app/config_reader.hpp"

#include "server/app/json_text.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace encke::app {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr std::size_t kShownBytes = 60;  // of a value in a message

std::string shown(const json& value) {
  if (value.is_object()) return value.empty() ? "an empty object" : "an object";
  if (value.is_array()) return value.empty() ? "an empty list" : "a list";
  // ASCII only: a cut cannot fall inside a character, and a terminal shows what is there.
  std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > kShownBytes) text = text.substr(0, kShownBytes) + "...";
  return text;
}

std::string seconds_text(milliseconds duration) {
  std::string text = json(static_cast<double>(duration.count()) / 1000).dump();
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

std::string joined(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

}  // namespace

std::string one_of(std::span<const std::string_view> words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += '"';
    text += words[i];
    text += '"';
  }
  return text;
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  std::string_view best;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  if (word.size() > 100) return best;  // what is that long is no slip of the pen
  for (const std::string_view candidate : known) {
    if (word.size() >= 3 && candidate.starts_with(word)) return candidate;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

void ConfigErrors::add(std::string_view path, std::string_view text) {
  all_.push_back(printable(std::string(path) + ": " + std::string(text)));
}

void ConfigErrors::warn(std::string_view path, std::string_view text) {
  warnings_.push_back(std::string(path) + ": " + std::string(text));
}

void ConfigErrors::expected(std::string_view path, const json& found, std::string_view what) {
  add(path, "found " + shown(found) + ", expected " + std::string(what));
}

ObjectReader::ObjectReader(const json& value, std::string path, ConfigErrors& errors)
    : object_(value.is_object() ? &value : nullptr), path_(std::move(path)), errors_(errors) {
  if (object_ == nullptr) errors_.expected(path_, value, "an object");
}

void ObjectReader::allow(std::span<const std::string_view> keys) {
  if (object_ == nullptr) return;
  const std::span<const std::string_view> known(keys.begin(), keys.size());
  for (const auto& [key, value] : object_->items()) {
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    const std::string_view meant = nearest(key, known);
    const std::string hint = meant.empty() ? "" : "; did you mean \"" + std::string(meant) + "\"?";
    errors_.add(path_of(key), "unknown key" + hint + " (known here: " + joined(known) + ")");
  }
}

const json* ObjectReader::find(std::string_view key) const {
  if (object_ == nullptr) return nullptr;
  const auto found = object_->find(key);
  return found == object_->end() ? nullptr : &*found;
}

std::string ObjectReader::path_of(std::string_view key) const { return member_path(path_, key); }

void ObjectReader::read(std::string_view key, bool& out) {
  const json* value = find(key);
  if (value == nullptr) return;
  if (value->is_boolean()) {
    out = value->get<bool>();
  } else {
    errors_.expected(path_of(key), *value, "true or false");
  }
}

void ObjectReader::read(std::string_view key, std::size_t& out, std::string_view noun, std::size_t least,
                        std::size_t most) {
  const json* value = find(key);
  if (value == nullptr) return;
  if (value->is_number_unsigned()) {
    const auto number = value->get<std::uint64_t>();
    if (number >= least && number <= most) {
      out = static_cast<std::size_t>(number);
      return;
    }
  }
  errors_.expected(path_of(key), *value,
                   std::string(noun) + " from " + std::to_string(least) + " to " + std::to_string(most));
}

void ObjectReader::read_seconds(std::string_view key, milliseconds& out, milliseconds least,
                                milliseconds most, bool or_zero) {
  const json* value = find(key);
  if (value == nullptr) return;
  if (value->is_number()) {
    const double number = std::round(value->get<double>() * 1000);
    const auto at_least = static_cast<double>(least.count());
    const auto at_most = static_cast<double>(most.count());
    if ((or_zero && value->get<double>() == 0) || (number >= at_least && number <= at_most)) {
      out = milliseconds(static_cast<milliseconds::rep>(number));
      return;
    }
  }
  errors_.expected(path_of(key), *value,
                   (or_zero ? "0 (none), or a number of seconds from " : "a number of seconds from ") +
                       seconds_text(least) + " to " + seconds_text(most));
}

void ObjectReader::read(std::string_view key, std::string& out, std::string_view what,
                        bool (*good)(std::string_view)) {
  const json* value = find(key);
  if (value == nullptr) return;
  if (value->is_string() && good(value->get_ref<const std::string&>())) {
    out = value->get<std::string>();
  } else {
    errors_.expected(path_of(key), *value, what);
  }
}

void ObjectReader::read(std::string_view key, std::vector<std::string>& out, std::string_view what,
                        bool (*good)(std::string_view)) {
  const json* value = find(key);
  if (value == nullptr) return;
  if (!value->is_array() || value->empty()) {
    errors_.expected(path_of(key), *value, "a list of at least one, each " + std::string(what));
    return;
  }
  read_elements(path_of(key), *value, out, what, good);
}

void ObjectReader::read_elements(const std::string& path, const json& value, std::vector<std::string>& out,
                                 std::string_view what, const std::function<bool(std::string_view)>& good) {
  out.clear();
  for (std::size_t i = 0; i < value.size(); ++i) {
    const json& element = value[i];
    if (!element.is_string() || !good(element.get_ref<const std::string&>())) {
      errors_.expected(element_path(path, i), element, what);
    } else if (std::find(out.begin(), out.end(), element.get_ref<const std::string&>()) != out.end()) {
      errors_.add(element_path(path, i), shown(element) + " is given twice, expected once");
    } else {
      out.push_back(element.get<std::string>());
    }
  }
}

void ObjectReader::read_words(std::string_view key, std::vector<std::string>& out,
                              std::span<const std::string> words) {
  const json* value = find(key);
  if (value == nullptr) return;
  const std::vector<std::string_view> known(words.begin(), words.end());
  const std::string what = one_of(known);
  if (!value->is_array()) {
    errors_.expected(path_of(key), *value, "a list, empty or each " + what);
    return;
  }
  read_elements(path_of(key), *value, out, what, [&known](std::string_view word) {
    return std::find(known.begin(), known.end(), word) != known.end();
  });
}

std::optional<std::string> ObjectReader::read_word(std::string_view key,
                                                   std::span<const std::string_view> words) {
  const json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_string() &&
      std::find(words.begin(), words.end(), value->get_ref<const std::string&>()) != words.end()) {
    return value->get<std::string>();
  }
  std::string expected = one_of(words);
  if (value->is_string()) {
    const std::string_view meant = nearest(value->get_ref<const std::string&>(), words);
    if (!meant.empty()) expected += "; did you mean \"" + std::string(meant) + "\"?";
  }
  errors_.expected(path_of(key), *value, expected);
  return std::nullopt;
}

}  // namespace encke::app
