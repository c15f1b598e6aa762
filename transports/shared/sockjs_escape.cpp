// Escaping: runs that stay as they are are copied whole.
#include "transports/shared/sockjs_escape.hpp"

#include "transports/shared/utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace encke::sockjs {

namespace {

bool must_escape(std::uint32_t value) {
  if (value < 0x200C) return false;
  return value <= 0x200F || (value >= 0x2028 && value <= 0x202F) || (value >= 0x2060 && value <= 0x206F) ||
         value >= 0xFFF0;
}

void append_unit(std::uint32_t unit, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  const char escape[6] = {
      '\\', 'u', kHex[unit >> 12 & 15], kHex[unit >> 8 & 15], kHex[unit >> 4 & 15], kHex[unit & 15]};
  out.append(escape, sizeof escape);
}

void append_ascii(unsigned char byte, std::string& out) {
  switch (byte) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      append_unit(byte, out);
  }
}

/// `also`: an ASCII character to escape besides JSON's; a quote for none.
void append_escaped(std::string_view text, char also, std::string& out) {
  out += '"';
  std::size_t start = 0;  // of the run that stays as it is
  std::size_t at = 0;
  const auto end_run = [&] { out.append(text, start, at - start); };
  while ((at = skip_plain(text, at, also)) < text.size()) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      end_run();
      append_ascii(byte, out);
      start = ++at;
      continue;
    }
    const CodePoint code = decode_utf8(text, at);
    if (code.valid && !must_escape(code.value)) {
      at += code.size;
      continue;
    }
    end_run();
    if (!code.valid) {
      append_unit(0xFFFD, out);
    } else if (code.value < 0x10000) {
      append_unit(code.value, out);
    } else {
      append_unit(0xD800 + ((code.value - 0x10000) >> 10), out);
      append_unit(0xDC00 + (code.value & 0x3FF), out);
    }
    start = at += code.size;
  }
  end_run();
  out += '"';
}

}  // namespace

void append_json_string(std::string_view utf8, std::string& out) { append_escaped(utf8, '"', out); }

void append_script_string(std::string_view frame, std::string& out) { append_escaped(frame, '<', out); }

}  // namespace encke::sockjs
