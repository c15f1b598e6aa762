// UTF-8 in pieces: a lead byte sets how many bytes follow and the range of the first of them (RFC 3629
// section 4).
#include "server/core/utf8.hpp"

#include <cstddef>
#include <cstring>

namespace encke {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Lead {
  std::uint8_t following = 0;  // 0: no lead byte
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xBF;
};

constexpr Lead lead_of(unsigned char byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {1, 0x80, 0xBF};
  if (byte == 0xE0) return {2, 0xA0, 0xBF};  // below: overlong
  if (byte == 0xED) return {2, 0x80, 0x9F};  // above: surrogates
  if (byte >= 0xE1 && byte <= 0xEF) return {2, 0x80, 0xBF};
  if (byte == 0xF0) return {3, 0x90, 0xBF};  // below: overlong
  if (byte >= 0xF1 && byte <= 0xF3) return {3, 0x80, 0xBF};
  if (byte == 0xF4) return {3, 0x80, 0x8F};  // above: beyond U+10FFFF
  return {};
}

// The first byte of [at, end) that is not ASCII.
const unsigned char* skip_ascii(const unsigned char* at, const unsigned char* end) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  while (end - at >= 32) {
    std::uint64_t words[4];
    std::memcpy(words, at, sizeof words);
    if (((words[0] | words[1] | words[2] | words[3]) & kHighBits) != 0) break;
    at += sizeof words;
  }
  while (end - at >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    if ((word & kHighBits) != 0) break;
    at += sizeof word;
  }
  while (at != end && *at < 0x80) ++at;
  return at;
}

}  // namespace

bool Utf8Validator::feed(std::string_view piece) {
  if (missing_ == kBroken) return false;
  const auto* at = reinterpret_cast<const unsigned char*>(piece.data());
  const auto* const end = at + piece.size();
  while (at != end) {
    if (missing_ == 0) {
      if (*at < 0x80) {
        at = skip_ascii(at, end);
        continue;
      }
      const Lead lead = lead_of(*at++);
      missing_ = lead.following == 0 ? kBroken : lead.following;
      if (missing_ == kBroken) return false;
      low_ = lead.low;
      high_ = lead.high;
    }
    for (; missing_ != 0 && at != end; ++at, --missing_) {
      if (*at < low_ || *at > high_) {
        missing_ = kBroken;
        return false;
      }
      low_ = 0x80;
      high_ = 0xBF;
    }
  }
  return true;
}

bool valid_utf8(std::string_view text) {
  Utf8Validator validator;
  return validator.feed(text) && validator.complete();
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = at + text.size();
  while (at != end) {
    const auto* const ascii_end = skip_ascii(at, end);
    out.append(reinterpret_cast<const char*>(at), static_cast<std::size_t>(ascii_end - at));
    at = ascii_end;
    if (at == end) break;
    const auto* const start = at;
    Lead lead = lead_of(*at++);
    bool right = lead.following != 0;
    for (; right && lead.following != 0; --lead.following, lead.low = 0x80, lead.high = 0xBF) {
      right = at != end && *at >= lead.low && *at <= lead.high;
      if (right) ++at;
    }
    if (right) {
      out.append(reinterpret_cast<const char*>(start), static_cast<std::size_t>(at - start));
    } else {
      out.append(kReplacement);
    }
  }
  return out;
}

}  // namespace encke
