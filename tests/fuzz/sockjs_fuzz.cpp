// The SockJS codecs against an independent JSON parser: the same bodies are accepted, with the same values,
// and what is escaped comes back.
#include "tests/fuzz/require.hpp"
#include "transports/shared/form.hpp"
#include "transports/shared/sockjs_array.hpp"
#include "transports/shared/sockjs_escape.hpp"
#include "transports/shared/sockjs_frames.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sockjs = encke::sockjs;
using encke::test::require;
using nlohmann::json;
using sockjs::Payload;
using sockjs::PayloadError;

namespace {

/// What the other parser makes of `body`; nothing where the two may differ: half surrogate pairs and numbers
/// beyond a double's range, which are no errors for JavaScript, a byte order mark, and depth.
std::optional<json> judged(std::string_view body, unsigned depth) {
  if (body.starts_with("\xEF\xBB\xBF") || depth > Payload::kMaxDepth) return std::nullopt;
  // The other parser takes a NUL for the end; JSON has no place for one.
  if (body.find('\0') != std::string_view::npos) return json(json::value_t::discarded);
  try {
    return json::parse(body);
  } catch (const json::out_of_range&) {
    return std::nullopt;
  } catch (const json::parse_error& error) {
    if (std::string_view(error.what()).find("surrogate") != std::string_view::npos) return std::nullopt;
    return json(json::value_t::discarded);
  }
}

/// How deep brackets can nest at most, those within strings counted too.
unsigned deepest(std::string_view body) {
  unsigned depth = 0;
  for (const char byte : body) depth += byte == '[' || byte == '{';
  return depth;
}

std::string joined(const json& value, bool inside) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return inside ? "" : "null";
  if (value.is_object()) return "[object Object]";
  if (!value.is_array()) return value.dump();
  std::string out;
  for (std::size_t index = 0; index < value.size(); ++index) {
    if (index > 0) out += ',';
    out += joined(value[index], true);
  }
  return out;
}

bool holds_number(const json& value) {
  if (!value.is_array()) return value.is_number();
  for (const json& member : value) {
    if (holds_number(member)) return true;
  }
  return false;
}

void compare(std::string_view body) {
  Payload payload;
  const PayloadError strict = payload.parse(body, Payload::Form::array);
  require((strict == PayloadError::empty) == body.empty(), "empty means empty");
  require(strict == PayloadError::none || payload.messages().empty(), "an error delivers nothing");
  const std::optional<json> expected = judged(body, deepest(body));
  if (expected && !body.empty()) {
    require(expected->is_discarded() == (strict == PayloadError::broken),
            "both find it broken, or none does");
    if (!expected->is_discarded()) {
      require(expected->is_array() == (strict == PayloadError::none), "both find an array");
    }
    if (expected->is_array()) {
      require(payload.messages().size() == expected->size(), "as many messages as members");
      for (std::size_t index = 0; index < expected->size(); ++index) {
        const json& member = (*expected)[index];
        const std::string message(payload.messages()[index]);
        if (member.is_number()) {
          require(std::strtod(message.c_str(), nullptr) == member.get<double>(), "the same number");
        } else if (!holds_number(member)) {  // JavaScript writes them in another way than the other parser
          require(message == joined(member, false), "the same text");
        }
      }
    }
  }
  const PayloadError loose = payload.parse(body, Payload::Form::array_or_string);
  if (expected && expected->is_string()) {
    require(loose == PayloadError::none && payload.messages().size() == 1 &&
                payload.messages()[0] == expected->get<std::string>(),
            "a bare string is one message");
  } else if (strict != PayloadError::not_array) {
    require(loose == strict, "the two forms differ in strings only");
  }
}

void round_trip(std::string_view text) {
  std::string body = "[";
  sockjs::append_json_string(text, body);
  const std::string literal = body.substr(1);
  body += ']';
  Payload payload;
  require(payload.parse(body, Payload::Form::array) == PayloadError::none, "what is escaped parses");
  require(payload.messages().size() == 1, "as one message");
  const std::string back(payload.messages()[0]);
  std::string again;
  sockjs::append_json_string(back, again);
  require(again == literal, "replacing happens once");
  if (literal.find("\\ufffd") == std::string::npos) require(back == text, "and well-formed text as it was");

  std::string script;
  sockjs::append_script_string(literal, script);
  require(script.find('<') == std::string::npos, "a script holds no <");
  require(json::parse(script).get<std::string>() == literal, "and decodes to the frame");

  std::string event;
  sockjs::append_event_data(text, event);
  require(event.find_first_of("\r\n") == std::string::npos, "an event is one line");
  require(sockjs::percent_decode(event, false) == text, "and decodes to the frame");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  compare(input);
  round_trip(input);
  const std::optional<std::string> field = sockjs::form_field(input, "d");
  require(!field || field->size() <= input.size(), "decoding never grows");
  if (field) compare(*field);
  return 0;
}
