// Text out of a stream of bytes that is cut anywhere.
#include "server/services/text_pieces.hpp"

#include "server/core/utf8.hpp"

#include <cstddef>
#include <utility>

namespace encke::services {

namespace {

constexpr std::size_t kMostBegun = 3;

/// How many bytes at the end of `text` begin a character that the next ones may complete.
std::size_t begun_at_end(std::string_view text) {
  for (std::size_t size = 1; size <= kMostBegun && size <= text.size(); ++size) {
    const std::string_view end = text.substr(text.size() - size);
    const auto first = static_cast<unsigned char>(end.front());
    if (first < 0x80) return 0;
    if (first < 0xC0) continue;  // in the midst of one
    Utf8Validator validator;
    return validator.feed(end) && !validator.complete() ? size : 0;
  }
  return 0;
}

}  // namespace

std::string TextPieces::feed(std::string_view bytes) {
  std::string joined;
  if (!begun_.empty()) {
    joined = std::exchange(begun_, {});
    joined += bytes;
    bytes = joined;
  }
  const std::size_t begun = begun_at_end(bytes);
  begun_ = bytes.substr(bytes.size() - begun);
  return replace_invalid_utf8(bytes.substr(0, bytes.size() - begun));
}

std::string TextPieces::end() { return replace_invalid_utf8(std::exchange(begun_, {})); }

}  // namespace encke::services
