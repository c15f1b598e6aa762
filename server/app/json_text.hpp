// JSON text to a value, strictly: a syntax error has its line and column, and a key given twice is an error.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace encke::app {

/// What was read. `errors` is empty where the text is well-formed and no object holds a key twice.
struct JsonText {
  nlohmann::json value;
  std::vector<std::string> errors;
};

JsonText parse_json_text(std::string_view text);

/// `text`, in which the JSON library has written every control byte but one as its code point, with that one
/// too.
std::string printable(std::string text);

/// The path of a member: "$.services" + "/echo" is `$.services["/echo"]`, "$" + "workers" is `$.workers`.
std::string member_path(std::string_view path, std::string_view key);
/// The path of an element: "$.listen" + 0 is `$.listen[0]`.
std::string element_path(std::string_view path, std::size_t index);

}  // namespace encke::app
