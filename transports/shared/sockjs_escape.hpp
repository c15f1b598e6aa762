// Text as JSON strings, the way SockJS clients of every release read them (PROTOCOL 2.3).
#pragma once

#include <string>
#include <string_view>

namespace encke::sockjs {

/// Appends `utf8` as a JSON string with its quotes. Besides what JSON demands, the characters that browsers
/// drop or change on the way (U+200C-200F, 2028-202F, 2060-206F, FFF0-FFFF) and all beyond U+FFFF are written
/// as \uXXXX in lowercase; ill-formed sequences as \ufffd, one for each longest well-formed beginning.
void append_json_string(std::string_view utf8, std::string& out);

/// The same, for a frame inside a script: `<` is escaped too, so that neither `</script>` nor `<!--` can
/// occur.
void append_script_string(std::string_view frame, std::string& out);

}  // namespace encke::sockjs
