// What a page sends: a JSON object with a type, read and checked.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace help_desk {

/// One message of a page's. The readers below return what is right; what is wrong is in fault() then, a text
/// that says what was expected: the first one counts.
class Request {
 public:
  explicit Request(std::string_view text);

  /// Empty where the message is no object with a type.
  const std::string& type() const { return type_; }
  bool ok() const { return fault_.empty(); }
  const std::string& fault() const { return fault_; }

  /// A text of several lines, without control characters and blanks around it; at least one byte is left.
  std::string text(const char* member, std::size_t most_bytes);
  /// The same in one line.
  std::string name(const char* member, std::size_t most_bytes);
  /// Letters, digits and '-', at least one.
  std::string key(const char* member, std::size_t most_bytes);
  bool flag(const char* member);
  std::uint64_t number(const char* member);
  bool has(const char* member) const;

 private:
  std::string line(const char* member, std::size_t most_bytes, bool breaks);
  void fail(std::string fault) {
    if (fault_.empty()) fault_ = std::move(fault);
  }

  nlohmann::json body_;
  std::string type_;
  std::string fault_;
};

}  // namespace help_desk
