// Reads values out of JSON: each knows its path, and says what was found and what was expected where they
// differ.
#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace encke::app {

/// Gathers errors, "PATH: text" each, so that one look at the output is enough to mend a file.
class ConfigErrors {
 public:
  void add(std::string_view path, std::string_view text);
  /// "PATH: found VALUE, expected WHAT"; a long value is cut.
  void expected(std::string_view path, const nlohmann::json& found, std::string_view what);

  /// What an operator should know, and what keeps no server from running.
  void warn(std::string_view path, std::string_view text);

  const std::vector<std::string>& all() const { return all_; }
  std::vector<std::string> take() { return std::move(all_); }
  std::vector<std::string> take_warnings() { return std::move(warnings_); }

 private:
  std::vector<std::string> all_;
  std::vector<std::string> warnings_;
};

/// A JSON object, whose members are read by name into a variable that keeps its default where the key is
/// absent or wrong. Refers to its arguments: must not outlive them.
class ObjectReader {
 public:
  /// Where `value` is no object, says so and behaves like an empty one.
  ObjectReader(const nlohmann::json& value, std::string path, ConfigErrors& errors);

  /// An error for each key that is not among these, with the nearest one.
  void allow(std::span<const std::string_view> keys);
  void allow(std::initializer_list<std::string_view> keys) { allow(std::span(keys.begin(), keys.size())); }

  /// The member, or null.
  const nlohmann::json* find(std::string_view key) const;
  std::string path_of(std::string_view key) const;
  bool is_object() const { return object_ != nullptr; }

  void read(std::string_view key, bool& out);
  /// A whole number from `least` to `most`; `noun` says of what: "a number of bytes".
  void read(std::string_view key, std::size_t& out, std::string_view noun, std::size_t least,
            std::size_t most);
  /// Seconds, fractions allowed, from `least` to `most`; with `or_zero`, 0 too.
  void read_seconds(std::string_view key, std::chrono::milliseconds& out, std::chrono::milliseconds least,
                    std::chrono::milliseconds most, bool or_zero);
  /// A string for which `good` holds; `what` says what is expected.
  void read(std::string_view key, std::string& out, std::string_view what, bool (*good)(std::string_view));
  /// A list of at least one string, none twice, each `good`.
  void read(std::string_view key, std::vector<std::string>& out, std::string_view what,
            bool (*good)(std::string_view));
  /// One of these words.
  std::optional<std::string> read_word(std::string_view key, std::span<const std::string_view> words);
  /// A list of such words, none twice; it may be empty.
  void read_words(std::string_view key, std::vector<std::string>& out, std::span<const std::string> words);

 private:
  void read_elements(const std::string& path, const nlohmann::json& value, std::vector<std::string>& out,
                     std::string_view what, const std::function<bool(std::string_view)>& good);

  const nlohmann::json* object_;
  std::string path_;
  ConfigErrors& errors_;
};

/// `"one", "two" or "three"`.
std::string one_of(std::span<const std::string_view> words);
/// The word that was probably meant; empty where none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace encke::app
