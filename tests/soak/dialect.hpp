// How each transport's carriers look on the wire, from the page's end (PROTOCOL 2.1 and 6.1).
#pragma once

#include "tests/support/page_session.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace encke::soak {

enum class Envelope : std::uint8_t { line, event, script, call, part, strings };

/// A way down.
struct Dialect {
  std::string_view transport;
  std::string_view method;
  std::string_view leaf;
  Envelope envelope;
  test::PageSession::Kind kind;
};

/// The transports with HTTP carriers, and the sockets.
std::span<const Dialect> dialects();
const Dialect* find_dialect(std::string_view transport);

/// The field that jsonrequest and jsonrequest_send ask for, with its line end.
inline constexpr std::string_view kJsonRequestType = "Content-Type: application/jsonrequest\r\n";
inline constexpr std::string_view kCallback = "_jp.soak";

enum class LineRead : std::uint8_t { frame, nothing, broken };
/// Takes the frame out of one line of a body, without its line feed. Not for `strings`, which is no lines.
LineRead read_line(Envelope envelope, std::string_view line, std::string& frame);
/// The text that a script's call hands over: /**/CALLBACK("text"); false for anything else.
bool read_call(std::string_view line, std::string& text);

/// The strings of a JSON array of strings; false for anything else.
bool read_strings(std::string_view json, std::vector<std::string>& frames);
/// A JSON array of the lines of `text`.
std::string strings_of(std::string_view text);
/// The answer of `jsonrequest_send`, a JSON string, or a refusal in an array of one frame: its status, and
/// its text without what is around it; 0 for anything else.
int read_json_answer(std::string_view json, std::string& text);

/// As a form's field carries it (application/x-www-form-urlencoded).
std::string form_encoded(std::string_view text);

}  // namespace encke::soak
