// How each transport's carriers look on the wire, from the page's end (PROTOCOL 2.1 and 6.1).
#pragma once

#include "tests/support/page_session.hpp"

#include <span>
#include <string>
#include <string_view>

namespace encke::soak {

enum class Envelope : std::uint8_t { line, event, script, call };

/// A way down.
struct Dialect {
  std::string_view transport;
  std::string_view method;
  std::string_view leaf;
  Envelope envelope;
  test::PageSession::Kind kind;
};

/// The transports with HTTP carriers, and "websocket".
std::span<const Dialect> dialects();
const Dialect* find_dialect(std::string_view transport);

inline constexpr std::string_view kCallback = "_jp.soak";

enum class LineRead : std::uint8_t { frame, nothing, broken };
/// Takes the frame out of one line of a body, without its line feed.
LineRead read_line(Envelope envelope, std::string_view line, std::string& frame);
/// The text that a script's call hands over: /**/CALLBACK("text"); false for anything else.
bool read_call(std::string_view line, std::string& text);

/// As a form's field carries it (application/x-www-form-urlencoded).
std::string form_encoded(std::string_view text);

}  // namespace encke::soak
