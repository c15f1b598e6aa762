// UTF-8, by the table of well-formed sequences (Unicode 3.9, table 3-7; RFC 3629).
#include "transports/shared/utf8.hpp"

namespace encke::sockjs {

CodePoint decode_any_utf8(std::string_view text, std::size_t at) {
  const auto byte = [text](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  const std::uint32_t lead = byte(at);
  if (lead < 0x80) return {lead, 1, true};
  if (lead < 0xC2 || lead > 0xF4) return {};
  const std::uint32_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // Only the first continuation byte's range depends on the lead.
  std::uint32_t lowest = 0x80;
  std::uint32_t highest = 0xBF;
  if (lead == 0xE0) lowest = 0xA0;
  if (lead == 0xED) highest = 0x9F;
  if (lead == 0xF0) lowest = 0x90;
  if (lead == 0xF4) highest = 0x8F;
  std::uint32_t value = lead & (0x7Fu >> length);
  for (std::uint32_t size = 1; size < length; ++size) {
    if (at + size >= text.size()) return {0, size, false};
    const std::uint32_t next = byte(at + size);
    if (next < lowest || next > highest) return {0, size, false};
    value = value << 6 | (next & 0x3F);
    lowest = 0x80;
    highest = 0xBF;
  }
  return {value, length, true};
}

void append_utf8(std::uint32_t value, std::string& out) {
  if (value < 0x80) {
    out += static_cast<char>(value);
    return;
  }
  if (value < 0x800) {
    out += static_cast<char>(0xC0 | value >> 6);
  } else {
    if (value < 0x10000) {
      out += static_cast<char>(0xE0 | value >> 12);
    } else {
      out += static_cast<char>(0xF0 | value >> 18);
      out += static_cast<char>(0x80 | (value >> 12 & 0x3F));
    }
    out += static_cast<char>(0x80 | (value >> 6 & 0x3F));
  }
  out += static_cast<char>(0x80 | (value & 0x3F));
}

}  // namespace encke::sockjs
