#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace encke::bench {

enum class FrameKind { Open, Heartbeat, Messages, Close, Broken };

/// Reads one SockJS frame (`o`, `h`, `a[...]`, `c[...]`); puts its messages into `messages`. They point into
/// `frame`, or into `storage` where escapes had to be resolved, and are valid until either changes.
FrameKind read_frame(std::string_view frame, std::vector<std::string_view>& messages, std::string& storage);

/// How a fallback transport wraps a frame into one line of its body.
enum class Envelope { Line, Event, Script, Call };

/// Takes the frame out of one line (without its line feed). False if the line carries none. `storage` as
/// above.
bool read_envelope(Envelope envelope, std::string_view line, std::string_view& frame, std::string& storage);

/// Resolves the JSON string that starts after a quote at the front of `text`; `text` moves past its closing
/// quote.
bool read_json_string(std::string_view& text, std::string_view& value, std::string& storage);

}  // namespace encke::bench
