// The client's side of SockJS framing and of the envelopes of its transports.
#include "tests/bench/frames.hpp"

#include <charconv>

namespace encke::bench {
namespace {

/// Where the next quote or backslash is; the size of `text` if there is none.
std::size_t find_special(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size() && text[i] != '"' && text[i] != '\\') ++i;
  return i;
}

/// The character of a two-character JSON escape; NUL if there is none such.
char plain_escape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

/// Resolves one escape at the front of `text`. Of \u escapes only ASCII ones: the generator sends nothing
/// else.
bool read_escape(std::string_view& text, std::string& out) {
  if (text.size() < 2) return false;
  if (text[1] != 'u') {
    const char c = plain_escape(text[1]);
    if (c == '\0') return false;
    out.push_back(c);
    text.remove_prefix(2);
    return true;
  }
  unsigned code = 0;
  if (text.size() < 6) return false;
  const auto result = std::from_chars(text.data() + 2, text.data() + 6, code, 16);
  if (result.ptr != text.data() + 6 || code > 0x7f) return false;
  out.push_back(static_cast<char>(code));
  text.remove_prefix(6);
  return true;
}

bool read_array(std::string_view text, std::vector<std::string_view>& messages, std::string& storage) {
  if (!text.starts_with('[')) return false;
  text.remove_prefix(1);
  if (text == "]") return true;
  while (text.starts_with('"')) {
    std::string_view value;
    text.remove_prefix(1);
    if (!read_json_string(text, value, storage)) return false;
    messages.push_back(value);
    if (text == "]") return true;
    if (!text.starts_with(',')) return false;
    text.remove_prefix(1);
  }
  return false;
}

constexpr std::string_view kJsonpGuard = "/**/";

}  // namespace

bool read_json_string(std::string_view& text, std::string_view& value, std::string& storage) {
  const std::size_t stop = find_special(text);
  if (stop == text.size()) return false;
  if (text[stop] == '"') {
    value = text.substr(0, stop);
    text.remove_prefix(stop + 1);
    return true;
  }
  // Values read before point into the storage, so it must not move: it never needs more than the rest of the
  // text.
  if (storage.capacity() - storage.size() < text.size()) {
    if (!storage.empty()) return false;
    storage.reserve(text.size() + 4096);
  }
  const std::size_t start = storage.size();
  while (!text.empty() && text.front() != '"') {
    if (text.front() == '\\') {
      if (!read_escape(text, storage)) return false;
    } else {
      const std::size_t plain = find_special(text);
      storage.append(text.substr(0, plain));
      text.remove_prefix(plain);
    }
  }
  if (text.empty()) return false;
  text.remove_prefix(1);
  value = std::string_view(storage).substr(start);
  return true;
}

FrameKind read_frame(std::string_view frame, std::vector<std::string_view>& messages, std::string& storage) {
  messages.clear();
  storage.clear();
  if (frame == "o") return FrameKind::Open;
  if (frame == "h") return FrameKind::Heartbeat;
  if (frame.starts_with("c[")) return FrameKind::Close;
  if (frame.starts_with('a') && read_array(frame.substr(1), messages, storage)) return FrameKind::Messages;
  return FrameKind::Broken;
}

bool read_envelope(Envelope envelope, std::string_view line, std::string_view& frame, std::string& storage) {
  if (envelope == Envelope::Line) {
    frame = line;
    return !line.empty() && !line.starts_with("hh");  // the prelude of xhr_streaming
  }
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (envelope == Envelope::Event) {
    if (!line.starts_with("data: ")) return false;
    frame = line.substr(6);
    return true;
  }
  if (envelope == Envelope::Script) {
    if (!line.starts_with("p(\"")) return false;
    line.remove_prefix(3);
  } else {
    if (!line.starts_with(kJsonpGuard)) return false;
    const std::size_t open = line.find("(\"");
    if (open == std::string_view::npos) return false;
    line.remove_prefix(open + 2);
  }
  storage.clear();
  return read_json_string(line, frame, storage) && line == ");";
}

}  // namespace encke::bench
