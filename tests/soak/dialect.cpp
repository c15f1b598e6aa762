// Requests and envelopes of the transports.
#include "tests/soak/dialect.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace encke::soak {
namespace {

using Kind = test::PageSession::Kind;

constexpr std::array<Dialect, 10> kDialects{{
    {"xhr_poll", "POST", "xhr", Envelope::line, Kind::poll},
    {"xhr_stream", "POST", "xhr_streaming", Envelope::line, Kind::stream},
    {"eventsource", "GET", "eventsource", Envelope::event, Kind::stream},
    {"forever_frame", "GET", "htmlfile", Envelope::script, Kind::stream},
    {"jsonp", "GET", "jsonp", Envelope::call, Kind::poll},
    {"websocket", "GET", "websocket", Envelope::line, Kind::socket},
    {"poll", "POST", "poll", Envelope::line, Kind::poll},
    {"multipart", "GET", "multipart", Envelope::part, Kind::stream},
    {"json_request", "POST", "jsonrequest", Envelope::strings, Kind::poll},
    {"flash", "", "flash", Envelope::line, Kind::socket},
}};

/// A JSON string, quotes included.
bool read_string(std::string_view quoted, std::string& text) {
  const nlohmann::json json = nlohmann::json::parse(quoted, nullptr, false);
  if (!json.is_string()) return false;
  text = json.get<std::string>();
  return true;
}

bool read_between(std::string_view line, std::string_view before, std::string& text) {
  if (!line.starts_with(before) || !line.ends_with(");")) return false;
  line.remove_prefix(before.size());
  line.remove_suffix(2);
  return read_string(line, text);
}

/// What an event stream's frames have been encoded with is undone (PROTOCOL 2.1).
bool undo_percent(std::string_view line, std::string& text) {
  text.clear();
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '%') {
      text += line[i];
      continue;
    }
    const std::string_view code = line.substr(i + 1, 2);
    if (code != "25" && code != "0D" && code != "0A" && code != "00") return false;
    text += code == "25" ? '%' : code == "0D" ? '\r' : code == "0A" ? '\n' : '\0';
    i += 2;
  }
  return true;
}

}  // namespace

std::span<const Dialect> dialects() { return kDialects; }

const Dialect* find_dialect(std::string_view transport) {
  const auto* const found =
      std::find_if(kDialects.begin(), kDialects.end(),
                   [transport](const Dialect& dialect) { return dialect.transport == transport; });
  return found == kDialects.end() ? nullptr : found;
}

bool read_call(std::string_view line, std::string& text) {
  return read_between(line, std::string("/**/").append(kCallback).append("("), text);
}

LineRead read_line(Envelope envelope, std::string_view line, std::string& frame) {
  if (envelope == Envelope::line) {
    constexpr std::size_t kPrelude = 2048;  // of xhr_streaming
    if (line.size() == kPrelude && line.find_first_not_of('h') == std::string_view::npos)
      return LineRead::nothing;
    frame = line;
    return line.empty() ? LineRead::broken : LineRead::frame;
  }
  if (envelope == Envelope::part) {
    if (line.empty() || line.starts_with("--encke") || line.starts_with("Content-Type: text/plain; charset="))
      return LineRead::nothing;
    frame = line;
    return LineRead::frame;
  }
  if (!line.ends_with('\r')) {  // only the head of an HTML page has lines that end otherwise
    if (envelope != Envelope::script) return LineRead::broken;
    if (!line.starts_with("p(")) return LineRead::nothing;
    return read_between(line, "p(", frame) ? LineRead::frame : LineRead::broken;
  }
  line.remove_suffix(1);
  switch (envelope) {
    case Envelope::event:
      if (line.empty()) return LineRead::nothing;
      if (!line.starts_with("data: ") || !undo_percent(line.substr(6), frame)) return LineRead::broken;
      return LineRead::frame;
    case Envelope::call:
      return read_call(line, frame) ? LineRead::frame : LineRead::broken;
    default:
      return LineRead::nothing;
  }
}

bool read_strings(std::string_view json, std::vector<std::string>& frames) {
  const nlohmann::json array = nlohmann::json::parse(json, nullptr, false);
  if (!array.is_array()) return false;
  frames.clear();
  for (const nlohmann::json& one : array) {
    if (!one.is_string()) return false;
    frames.push_back(one.get<std::string>());
  }
  return true;
}

std::string strings_of(std::string_view text) {
  nlohmann::json array = nlohmann::json::array();
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    array.push_back(std::string(text.substr(0, end)));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return array.dump();
}

int read_json_answer(std::string_view json, std::string& text) {
  if (read_string(json, text)) return 200;
  std::vector<std::string> frames;
  if (!read_strings(json, frames) || frames.size() != 1 || !frames[0].starts_with("e[")) return 0;
  text = std::move(frames[0]);
  return std::atoi(text.c_str() + 2);
}

std::string form_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
    if (plain) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      constexpr std::string_view kHex = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

}  // namespace encke::soak
